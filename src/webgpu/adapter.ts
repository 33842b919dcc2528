import * as tf from '@tensorflow/tfjs-core';

/** Of tfjs's programs for matrix products the one in small tiles. */
const SMALL_TILES = 2;

/** Whether an adapter is a processor that plays a GPU; an older browser does not say. */
export const isSoftware = ({
  architecture,
  description,
}: Partial<Pick<GPUAdapterInfo, 'architecture' | 'description'>> = {}): boolean =>
  /swiftshader|llvmpipe|softpipe|lavapipe/i.test(`${architecture} ${description}`);

/**
 * Has tfjs compute matrix products in small tiles: it would give each element of a small product a workgroup with barriers,
 * a hundred times slower in software.
 */
export function useSmallTiles(): void {
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', SMALL_TILES);
}
