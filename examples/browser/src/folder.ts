import type { LabelledFile } from './protocol';

/** A file with the folders that it was found in. */
export interface FoundFile {
  readonly file: File;
  /** From the outermost folder to the file's own name. */
  readonly path: string;
}

const PICTURE = /\.(avif|bmp|gif|jpe?g|png|webp)$/i;

/**
 * The pictures of a folder with their classes: the subfolder of the outermost folder that they lie in, at any depth; or
 * the outermost folders themselves, if there are several.
 *
 * @throws Error if that makes no two classes; the message is for the visitor.
 */
export function labelFiles(found: readonly FoundFile[]): LabelledFile[] {
  const pictures = found
    .map(({ file, path }) => ({ file, path, parts: path.split('/').filter((part) => part !== '') }))
    .filter(({ parts }) => !parts.some((part) => part.startsWith('.')))
    .filter(({ parts }) => PICTURE.test(parts.at(-1) ?? ''));
  if (pictures.length === 0) {
    throw new Error(
      `There are no pictures in this folder (${found.length} ${found.length === 1 ? 'file' : 'files'}). PNG, JPEG, WebP, GIF, BMP and AVIF files are read.`,
    );
  }
  const outermost = new Set(pictures.map(({ parts }) => (parts.length > 1 ? parts[0]! : '')));
  const depth = outermost.size === 1 && !outermost.has('') ? 1 : 0;
  const stray = pictures.find(({ parts }) => parts.length < depth + 2);
  if (stray) {
    throw new Error(
      `“${stray.path}” is in no class: put the pictures of every class into a subfolder of its own.`,
    );
  }
  const labelled = pictures.map(({ file, path, parts }) => ({ file, path, label: parts[depth]! }));
  const classes = [...new Set(labelled.map(({ label }) => label))];
  if (classes.length < 2) {
    throw new Error(
      `There is only one class, “${classes[0]}”: a folder needs at least two subfolders with pictures.`,
    );
  }
  return labelled.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** The files of a directory input. */
export function chosenFiles(input: HTMLInputElement): FoundFile[] {
  return Array.from(input.files ?? [], (file) => ({ file, path: file.webkitRelativePath || file.name }));
}

async function walk(entry: FileSystemEntry): Promise<FoundFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ file, path: entry.fullPath }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FoundFile[] = [];
  for (;;) {
    // It hands out a hundred at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const child of some) found.push(...(await walk(child)));
  }
}

/** The files of all folders that were dropped. */
export async function droppedFiles(transfer: DataTransfer): Promise<FoundFile[]> {
  // The entries must be taken before the first wait: the browser empties the transfer then.
  const entries = Array.from(transfer.items).flatMap((item) => item.webkitGetAsEntry() ?? []);
  return (await Promise.all(entries.map(walk))).flat();
}
