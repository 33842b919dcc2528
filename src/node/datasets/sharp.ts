/** What is used of a `sharp` pipeline; its own types are not there where it is not installed. */
export interface SharpImage {
  metadata(): Promise<{ depth?: string; width?: number; height?: number }>;
  resize(options: {
    width: number;
    height: number;
    fit: 'cover' | 'contain' | 'fill';
    position: string;
    kernel: string;
    background: { r: number; g: number; b: number };
  }): SharpImage;
  extract(box: { left: number; top: number; width: number; height: number }): SharpImage;
  flatten(options: { background: { r: number; g: number; b: number } }): SharpImage;
  toColourspace(space: 'srgb' | 'b-w'): SharpImage;
  raw(options: { depth: 'uchar' }): SharpImage;
  jpeg(options: { quality: number }): { toBuffer(): Promise<Uint8Array> };
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Uint8Array;
    info: { width: number; height: number; channels: number };
  }>;
}

/** The function that the module `sharp` exports. */
export type Sharp = (
  file: Uint8Array,
  options: { failOn: 'truncated' } | { raw: { width: number; height: number; channels: 3 } },
) => SharpImage;

/**
 * The image library, which only image folders need, so that it is installed for them alone.
 *
 * @throws Error that tells how to install it if it cannot be loaded.
 */
export async function loadSharp(fn: string): Promise<Sharp> {
  try {
    const { default: sharp } = await import('sharp');
    return sharp as unknown as Sharp;
  } catch (error) {
    throw new Error(
      `${fn}: images are decoded by the package 'sharp', which cannot be loaded, got ${(error as Error).message}; ` +
        'install it: npm install sharp',
      { cause: error },
    );
  }
}
