import type { io } from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';
import { requireFloat16, toFloat16 } from '../onnx/float16';

/** Numbers that a file of weights may be of, see `SaveModelOptions`. */
export type WeightNumbers = 'float32' | 'float16' | 'uint16' | 'uint8';

/** All of them, which stock tfjs reads. */
export const weightNumbers: readonly WeightNumbers[] = ['float32', 'float16', 'uint16', 'uint8'];

/** Weights as tfjs's files have them: the bytes of one behind those of another, and what they are. */
interface WeightFile {
  readonly bytes: Uint8Array;
  readonly specs: readonly io.WeightsManifestEntry[];
}

const bytesOf = (values: Uint8Array | Uint16Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Whole numbers from 0 on a scale of each weight's own, `value = scale number + min`, on which 0 is exact. */
function wholeNumbers(values: Float32Array, dtype: 'uint8' | 'uint16') {
  let [least, greatest] = [0, 0];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  const top = dtype === 'uint8' ? 2 ** 8 - 1 : 2 ** 16 - 1;
  const scale = (greatest - least) / top || 1;
  const zero = Math.round(-least / scale);
  const numbers = new (dtype === 'uint8' ? Uint8Array : Uint16Array)(values.length);
  values.forEach((value, i) => {
    numbers[i] = Math.max(0, Math.min(top, Math.round(value / scale) + zero));
  });
  return { bytes: bytesOf(numbers), quantization: { dtype, scale, min: -zero * scale } };
}

function halves(name: string, values: Float32Array) {
  requireFloat16('saveModel', name, values, "save it with weights: 'float32'");
  return { bytes: bytesOf(toFloat16(values)), quantization: { dtype: 'float16' as const } };
}

/**
 * Weights in smaller numbers, in tfjs's own format: those of float32 as float16, or as whole numbers on a scale of each
 * weight's own. Of the latter, vectors stay float32: biases and the statistics of norms are few, and of wide range.
 *
 * @throws RangeError for a weight that is not finite, or beyond float16.
 */
export function quantizeWeights(
  { bytes, specs }: WeightFile,
  numbers: Exclude<WeightNumbers, 'float32'>,
): WeightFile {
  let at = 0;
  const parts = specs.map((spec): { bytes: Uint8Array; spec: io.WeightsManifestEntry } => {
    const { name, shape, dtype } = spec;
    const size = shape.reduce((product, side) => product * side, 1);
    const length = size * (dtype === 'bool' ? 1 : 4);
    const own = bytes.slice(at, at + length);
    at += length;
    const isVector = shape.length < 2;
    if (dtype !== 'float32' || (numbers !== 'float16' && isVector)) return { bytes: own, spec };
    const values = new Float32Array(own.buffer);
    const fault = values.find((value) => !Number.isFinite(value));
    if (fault !== undefined)
      throw rangeError('saveModel', `the weight '${name}' must be finite`, fault, 'train it anew');
    const { bytes: written, quantization } =
      numbers === 'float16' ? halves(name, values) : wholeNumbers(values, numbers);
    return { bytes: written, spec: { ...spec, quantization } };
  });
  return {
    bytes: new Uint8Array(Buffer.concat(parts.map((part) => part.bytes))),
    specs: parts.map(({ spec }) => spec),
  };
}
