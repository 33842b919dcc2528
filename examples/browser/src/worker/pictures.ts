import type { LabelledFile } from '../protocol';

/** Decoded pictures of one size, as the browser stores them. */
export interface Pictures {
  /** RGB, NHWC. */
  readonly pixels: Uint8Array;
  /** One class index a picture. */
  readonly labels: Int32Array;
  /** Names of the classes. */
  readonly classes: readonly string[];
  readonly side: number;
}

/** So many are enough for a demonstration, and keep a search within minutes. */
const MOST = 2000;
/** Pictures that every class must have. */
const LEAST = 4;

/** The same share of every class, `most` files in all. */
function sample(files: readonly LabelledFile[], most: number): readonly LabelledFile[] {
  if (files.length <= most) return files;
  const keep = most / files.length;
  const seen = new Map<string, number>();
  return files.filter(({ label }) => {
    const n = seen.get(label) ?? 0;
    seen.set(label, n + 1);
    return Math.floor((n + 1) * keep) > Math.floor(n * keep) || n < LEAST;
  });
}

/** The middle square of a picture, `side` pixels wide, as RGB. */
async function decode(
  file: File,
  side: number,
  context: OffscreenCanvasRenderingContext2D,
): Promise<Uint8Array> {
  const whole = await createImageBitmap(file);
  const square = Math.min(whole.width, whole.height);
  const cut = await createImageBitmap(
    whole,
    (whole.width - square) >> 1,
    (whole.height - square) >> 1,
    square,
    square,
    { resizeWidth: side, resizeHeight: side, resizeQuality: 'high' },
  );
  whole.close();
  // Transparent parts become white, as on paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.drawImage(cut, 0, 0);
  cut.close();
  const { data } = context.getImageData(0, 0, side, side);
  const rgb = new Uint8Array(side * side * 3);
  for (let i = 0; i < side * side; i++) rgb.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  return rgb;
}

/**
 * Decodes and resizes the pictures of a folder.
 *
 * @param onProgress - Called with the number of files read and to read.
 * @returns The pictures, and how many files could not be read as such.
 * @throws Error if what can be read is not enough to learn from; the message is for the visitor.
 */
export async function readPictures(
  files: readonly LabelledFile[],
  side: number,
  onProgress: (read: number, of: number) => void,
): Promise<{ pictures: Pictures; unreadable: readonly string[] }> {
  const chosen = sample(files, MOST);
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser cannot decode pictures in a worker; use a newer one.');
  const decoded: { label: string; rgb: Uint8Array }[] = [];
  const unreadable: string[] = [];
  for (const [i, { label, path, file }] of chosen.entries()) {
    try {
      decoded.push({ label, rgb: await decode(file, side, context) });
    } catch {
      unreadable.push(path);
    }
    if (i % 25 === 24) onProgress(i + 1, chosen.length);
  }
  const classes = [...new Set(chosen.map(({ label }) => label))].sort();
  for (const name of classes) {
    const count = decoded.filter(({ label }) => label === name).length;
    if (count < LEAST) {
      const bad =
        unreadable.length > 0
          ? ` ${unreadable.length} files could not be read, such as ${unreadable[0]}.`
          : '';
      throw new Error(
        `Class “${name}” has ${count} readable ${count === 1 ? 'picture' : 'pictures'}; every class needs at least ${LEAST}.${bad}`,
      );
    }
  }
  const pixels = new Uint8Array(decoded.length * side * side * 3);
  for (const [i, { rgb }] of decoded.entries()) pixels.set(rgb, i * rgb.length);
  const labels = Int32Array.from(decoded, ({ label }) => classes.indexOf(label));
  return { pictures: { pixels, labels, classes, side }, unreadable };
}
