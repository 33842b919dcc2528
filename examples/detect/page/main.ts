/** The page: takes a picture, asks the detector, draws its boxes. */
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import {
  type Detector,
  detectObjects,
  detectorOf,
  type FoundObject,
  type Picture,
} from 'noisydarts/detection';
import { useWasm } from '../../serve/wasm';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const drop = element('drop');
const file = element<HTMLInputElement>('file');
const seen = element<HTMLCanvasElement>('seen');
const score = element<HTMLInputElement>('score');
const status = element('status');

/** What the training noted on the model. */
interface Metadata {
  readonly normalize?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  readonly classNames?: readonly string[];
  readonly task?: { readonly short?: number; readonly long?: number };
}

let detector: Detector;
let about: Metadata = {};
let shown: { readonly image: ImageData; readonly found: readonly FoundObject[] } | undefined;

/** A picture as large as the detector was trained on. */
async function read(chosen: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(chosen);
  const { short = 800, long = 1333 } = about.task ?? {};
  const sides = [bitmap.width, bitmap.height];
  const scale = Math.min(long / Math.max(...sides), short / Math.min(...sides));
  const [width, height] = sides.map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

/** Red, green and blue without what lies between. */
function pictureOf({ width, height, data }: ImageData): Picture {
  return { width, height, pixels: data.filter((_, i) => i % 4 !== 3) };
}

function draw(): void {
  const least = Number(score.value);
  element('least').textContent = least.toFixed(2);
  if (!shown) return;
  const { image } = shown;
  const found = shown.found.filter((one) => one.score >= least);
  seen.width = image.width;
  seen.height = image.height;
  const context = seen.getContext('2d')!;
  context.putImageData(image, 0, 0);
  context.lineWidth = 2;
  context.font = '600 12px system-ui, sans-serif';
  const items = found.map(({ bbox: [x, y, width, height], label, score: sure }) => {
    const name = `${about.classNames?.[label] ?? `class ${label + 1}`} ${sure.toFixed(2)}`;
    context.strokeStyle = `hsl(${(label * 67) % 360} 90% 55%)`;
    context.strokeRect(x, y, width, height);
    context.fillStyle = '#000c';
    context.fillRect(x, y, context.measureText(name).width + 6, 16);
    context.fillStyle = '#fff';
    context.fillText(name, x + 3, y + 12);
    const item = document.createElement('li');
    item.textContent = name;
    return item;
  });
  element('found').replaceChildren(...items);
}

async function look(chosen: Blob | undefined): Promise<void> {
  if (!chosen) return;
  status.classList.remove('fault');
  status.textContent = 'Looking …';
  try {
    const image = await read(chosen);
    const started = performance.now();
    const { normalize } = about;
    const [found] = await detectObjects(detector, [pictureOf(image)], { ...(normalize && { normalize }) });
    const milliseconds = performance.now() - started;
    shown = { image, found: found! };
    draw();
    status.textContent = `Looked for ${(milliseconds / 1000).toFixed(1)} s at ${image.width} by ${image.height} pixels.`;
  } catch (error) {
    status.classList.add('fault');
    status.textContent = `The picture cannot be read: ${(error as Error).message}`;
  }
}

try {
  await useWasm();
  detector = detectorOf(await loadLayersModel(new URL('model.json', document.baseURI).href));
  about = (detector.model.getUserDefinedMetadata() ?? {}) as Metadata;
  file.addEventListener('change', () => look(file.files?.[0]));
  score.addEventListener('input', draw);
  for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'])
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.toggle('over', type === 'dragenter' || type === 'dragover');
    });
  drop.addEventListener('drop', (event) => look((event as DragEvent).dataTransfer?.files[0]));
  file.disabled = false;
  status.textContent = `Ready: a detector of ${detector.model.countParams().toLocaleString('en')} weights.`;
} catch (error) {
  status.classList.add('fault');
  status.textContent = `The detector does not load: ${(error as Error).message}`;
}
