import type { Shape4, WindowAttributes } from '../../kernels/geometry';
import type { WasmInstance } from '../instance';

/** Sizes of a block of the module (assembly/block.ts): ReLU, depthwise and, with outputs, pointwise. */
export interface BlockShape extends Readonly<WindowAttributes> {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Channels after the pointwise convolution; 0 for a depthwise convolution alone. */
  readonly outputs: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  /** Where padding differs between the sides, and `padHeight` and `padWidth` lie above and to the left of the map. */
  readonly uneven?: {
    /** Zeros on each side: enough for every window. */
    readonly borderHeight: number;
    readonly borderWidth: number;
    readonly outHeight: number;
    readonly outWidth: number;
  };
}

/** A block on maps of shape `input`. */
export const blockShape = (
  [images, height, width, channels]: Shape4,
  [kernelHeight, kernelWidth]: Shape4,
  window: WindowAttributes,
  outputs = 0,
): BlockShape => ({ images, height, width, channels, outputs, kernelHeight, kernelWidth, ...window });

const DERIVED = 12;
const GIVEN = 14;
/** Bytes of a descriptor. */
export const BLOCK_BYTES = 4 * (GIVEN + DERIVED);

/** Writes the descriptor of a block at `address` and returns its output's height and width. */
export function planBlock(
  module: WasmInstance,
  address: number,
  shape: BlockShape,
): [height: number, width: number] {
  const fields = module.words(address, GIVEN + DERIVED);
  fields.set([
    shape.images,
    shape.height,
    shape.width,
    shape.channels,
    shape.outputs,
    shape.kernelHeight,
    shape.kernelWidth,
    shape.strideHeight,
    shape.strideWidth,
    shape.dilation,
    shape.padHeight,
    shape.padWidth,
    shape.uneven?.borderHeight ?? shape.padHeight,
    shape.uneven?.borderWidth ?? shape.padWidth,
  ]);
  if (shape.uneven) {
    fields.set([shape.uneven.outHeight, shape.uneven.outWidth], GIVEN);
    module.functions.blockLayout(address);
  } else module.functions.blockPlan(address);
  return [fields[GIVEN]!, fields[GIVEN + 1]!];
}
