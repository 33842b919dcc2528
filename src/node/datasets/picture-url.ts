import type { Picture } from '../../detection';
import { loadSharp } from './sharp';

/** A picture as the address of a JPEG that holds it, for pages that need no files. */
export async function pictureUrl({ width, height, pixels }: Picture): Promise<string> {
  const sharp = await loadSharp('pictureUrl');
  const raw = { width, height, channels: 3 } as const;
  const jpeg = await sharp(Uint8Array.from(pixels), { raw }).jpeg({ quality: 80 }).toBuffer();
  return `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`;
}
