import type { LayerWeight } from '../layers';

const isDepthwise = ({ originalName, shape }: LayerWeight) =>
  shape.length === 4 && originalName.endsWith('depthwise_kernel');

/**
 * Axes of PyTorch's tensor in the order of ours: ours[i] = theirs[axes[i]].
 *
 * Dense filters are HWIO here and OIHW there (those of one or three axes alike), depthwise filters HWCM and CMHW, matrices
 * IO and OI.
 */
export function axesOf(weight: LayerWeight): readonly number[] {
  const { length } = weight.shape;
  if (isDepthwise(weight)) return [2, 3, 0, 1];
  const isKernel = length === 4 || (length > 1 && weight.originalName.endsWith('kernel'));
  const axes = weight.shape.map((_, axis) => axis);
  return isKernel ? [...axes.slice(2), 1, 0] : axes;
}

/** The shape of PyTorch's tensor; the filters of a depthwise convolution are in one row there, (CM)1HW. */
export function pytorchShape(weight: LayerWeight): number[] {
  const shape = permutedShape(weight.shape as number[], inverse(axesOf(weight)));
  const [channels, multiplier, ...sides] = shape;
  return isDepthwise(weight) ? [channels! * multiplier!, 1, ...sides] : shape;
}

/** The axes that undo a permutation. */
export function inverse(axes: readonly number[]): number[] {
  const result: number[] = [];
  axes.forEach((from, to) => {
    result[from] = to;
  });
  return result;
}

/** The shape after a permutation of axes: result[i] = shape[axes[i]]. */
export function permutedShape(shape: readonly number[], axes: readonly number[]): number[] {
  return axes.map((axis) => shape[axis]!);
}

/** Row-major values after a permutation of axes. */
export function permuted(
  data: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const sides = permutedShape(shape, axes);
  const steps = axes.map((axis) => strides[axis]!);
  const result = new Float32Array(data.length);
  const at = sides.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from]!;
    for (let axis = sides.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++at[axis]! < sides[axis]!) break;
      from -= steps[axis]! * sides[axis]!;
      at[axis] = 0;
    }
  }
  return result;
}
