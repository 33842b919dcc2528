import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { rangeError } from '../../errors';
import { kindOf, listFolder } from './folder';

/** Something in a folder of images that is no image of the data set. */
export interface SkippedFile {
  /** Path from the folder on, with `/`. */
  readonly file: string;
  /** Why it is not read. */
  readonly reason: string;
}

const READABLE = /\.(jpe?g|jpe|jfif|png|webp|gif|avif|tiff?)$/i;
const ENDINGS = '.jpg, .jpeg, .jpe, .jfif, .png, .webp, .gif, .avif or .tiff';
/** Pictures that nothing here decodes. */
const PICTURE =
  /\.(bmp|dib|ico|cur|p[bgpn]m|pfm|pam|heic|heif|jp2|j2k|jpx|jxl|jxr|tga|exr|hdr|psd|pcx|sgi|ras|xbm|xpm|svgz?|dng|cr2|nef|arw)$/i;
/** What operating systems leave behind; `._1.png` holds no image but what the original's file system knew of it. */
const JUNK =
  /^(\._.*|\.DS_Store|__MACOSX|Thumbs\.db|ehthumbs\.db|desktop\.ini|@eaDir|\$RECYCLE\.BIN|System Volume Information)$/i;
const UNREADABLE = ['a picture of a kind that is not decoded', 'a link to nothing'] as const;

/** Why an entry is passed over, whatever it holds, by its name alone. */
function reasonOf(name: string): string | undefined {
  if (JUNK.test(name)) return 'left by an operating system';
  return name.startsWith('.') ? 'hidden' : undefined;
}

/** Class folders of a folder, in the order of their names, and what else is there. */
export function findClasses(
  fn: string,
  directory: string,
  wanted: readonly string[] | undefined,
): { readonly classNames: readonly string[]; readonly skipped: readonly SkippedFile[] } {
  const remedy = 'pass a folder that holds one folder a class';
  const classNames: string[] = [];
  const skipped: SkippedFile[] = [];
  for (const entry of listFolder(fn, directory, remedy)) {
    const { name } = entry;
    const isFolder = kindOf(directory, entry) === 'folder';
    if (wanted?.includes(name)) continue;
    const reason =
      reasonOf(name) ?? (isFolder ? wanted && 'no class that was asked for' : 'in no class folder');
    if (reason === undefined) classNames.push(name);
    else skipped.push({ file: name, reason });
  }
  if (wanted ? wanted.length > 0 : classNames.length > 0)
    return { classNames: wanted ? [...wanted] : classNames.sort(), skipped };
  throw rangeError(
    fn,
    `'${directory}' holds no folders`,
    skipped.map(({ file }) => file),
    remedy,
  );
}

/**
 * The images of one class: those in its folder in the order of their names, then those of the folders in it.
 *
 * @param skipped - What else is there is added to this.
 * @returns Paths from the class folder on.
 * @throws RangeError if there are none.
 */
export function findImages(
  fn: string,
  directory: string,
  className: string,
  skipped: SkippedFile[],
): readonly string[] {
  const found: string[] = [];
  const passed: SkippedFile[] = [];
  const visit = (within: string, above: readonly string[]): void => {
    const path = join(directory, className, within);
    const folders: string[] = [];
    const entries = listFolder(fn, path, 'name only classes that have a folder');
    const place = realpathSync(path);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = within === '' ? entry.name : `${within}/${entry.name}`;
      const skip = (reason: string) => passed.push({ file: `${className}/${file}`, reason });
      const kind = kindOf(path, entry);
      const reason = reasonOf(entry.name);
      if (reason !== undefined) skip(reason);
      else if (kind === 'folder') folders.push(file);
      else if (kind === undefined) skip(entry.isSymbolicLink() ? UNREADABLE[1] : 'no file');
      else if (READABLE.test(entry.name)) found.push(file);
      else skip(PICTURE.test(entry.name) ? UNREADABLE[0] : 'no image, by its name');
    }
    for (const folder of folders) {
      // A link may lead back to where it came from.
      if ([...above, place].includes(realpathSync(join(directory, className, folder))))
        passed.push({ file: `${className}/${folder}`, reason: 'a link to a folder that it is in' });
      else visit(folder, [...above, place]);
    }
  };
  visit('', []);
  skipped.push(...passed);
  if (found.length > 0) return found;
  throw rangeError(
    fn,
    `'${join(directory, className)}' holds no images`,
    passed.map(({ file }) => file),
    `put files there that end in ${ENDINGS}, or remove the folder`,
  );
}

/**
 * Throws if there are pictures that cannot be read among what is passed over.
 *
 * @throws RangeError that names them.
 */
export function refuseUnreadable(fn: string, directory: string, skipped: readonly SkippedFile[]): void {
  const unreadable = skipped.filter(({ reason }) => (UNREADABLE as readonly string[]).includes(reason));
  if (unreadable.length === 0) return;
  throw rangeError(
    fn,
    `'${directory}' holds ${unreadable.length} pictures that cannot be read`,
    unreadable.map(({ file }) => file),
    `convert them to files that end in ${ENDINGS}, or pass unreadable: 'skip' to do without them`,
  );
}
