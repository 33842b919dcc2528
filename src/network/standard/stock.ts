import * as tf from '@tensorflow/tfjs-core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Activation } from '../../layers';
import type { Filter } from './fold';

// Stock layers in the forms the conversion needs. Padding is symmetric, as in PyTorch; 'same' is that at stride 1 and
// an odd kernel only.

/** Settings of a window. */
export interface Window {
  readonly stride?: readonly [number, number];
  /** Zeros on each side [height, width]. Default: half the kernel. */
  readonly pad?: readonly [number, number];
  readonly activation?: Activation;
}

const apply = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]) => layer.apply(x) as SymbolicTensor;

export function relu(name: string, x: SymbolicTensor): SymbolicTensor {
  return apply(layers.activation({ name: `${name}_relu`, activation: 'relu' }), x);
}

/** The map with zeros around it, and the padding that the convolution itself still has to do. */
function padded(
  name: string,
  x: SymbolicTensor,
  [height, width]: readonly [number, number],
  { stride: [down, right] = [1, 1], pad }: Window,
): [SymbolicTensor, 'same' | 'valid'] {
  const half = [(height - 1) / 2, (width - 1) / 2] as const;
  const [rows, columns] = pad ?? half;
  if (down === 1 && right === 1 && rows === half[0] && columns === half[1]) return [x, 'same'];
  if (rows === 0 && columns === 0) return [x, 'valid'];
  const padding: [[number, number], [number, number]] = [
    [rows, rows],
    [columns, columns],
  ];
  return [apply(layers.zeroPadding2d({ name: `${name}_pad`, padding }), x), 'valid'];
}

/** Dense convolution with a filter [h, w, Cin, Cout]. */
export function conv(name: string, x: SymbolicTensor, filter: Filter, window: Window = {}): SymbolicTensor {
  const [height, width, , filters] = filter.kernel.shape as [number, number, number, number];
  const [input, padding] = padded(name, x, [height, width], window);
  return apply(
    layers.conv2d({
      name,
      filters,
      kernelSize: [height, width],
      strides: [...(window.stride ?? [1, 1])] as [number, number],
      padding,
      activation: window.activation ?? 'linear',
      useBias: filter.bias !== undefined,
      weights: filter.bias ? [filter.kernel, filter.bias] : [filter.kernel],
    }),
    input,
  );
}

/** Depthwise convolution with a filter [h, w, C, 1]. */
export function depthwise(
  name: string,
  x: SymbolicTensor,
  { kernel, bias }: Filter,
  window: Window = {},
): SymbolicTensor {
  const [height, width] = kernel.shape as [number, number];
  const [input, padding] = padded(name, x, [height, width], window);
  return apply(
    layers.depthwiseConv2d({
      name,
      kernelSize: [height, width],
      strides: [...(window.stride ?? [1, 1])] as [number, number],
      padding,
      activation: window.activation ?? 'linear',
      useBias: bias !== undefined,
      weights: bias ? [kernel, bias] : [kernel],
    }),
    input,
  );
}

/** Every `stride`-th pixel, times `factor`. A pool of one pixel would do, but not every backend has it. */
export function everyOther(name: string, x: SymbolicTensor, stride: number, factor = 1): SymbolicTensor {
  const kernel = tf.fill([1, 1, x.shape[3]!, 1], factor);
  return depthwise(name, x, { kernel }, { stride: [stride, stride] });
}

/**
 * 3x3 or other odd pooling. At stride 1 'same' is symmetric, and stock pools leave padding out of the count; the
 * windows of larger strides are some of those.
 */
export function pool(
  name: string,
  x: SymbolicTensor,
  { kind, size, stride }: { readonly kind: 'max' | 'avg'; readonly size: number; readonly stride: number },
): SymbolicTensor {
  const create = kind === 'max' ? layers.maxPooling2d : layers.averagePooling2d;
  const dense = apply(create({ name, poolSize: size, strides: 1, padding: 'same' }), x);
  return stride === 1 ? dense : everyOther(`${name}_stride`, dense, stride);
}

/** The sum of two tensors, which may be the same one: tfjs would free a repeated input too early. */
export function add(name: string, a: SymbolicTensor, b: SymbolicTensor): SymbolicTensor {
  const other = a === b ? apply(layers.activation({ name: `${name}_twin`, activation: 'linear' }), b) : b;
  return apply(layers.add({ name }), [a, other]);
}

export function concatenate(name: string, parts: readonly SymbolicTensor[]): SymbolicTensor {
  return parts.length === 1 ? parts[0]! : apply(layers.concatenate({ name, axis: 3 }), [...parts]);
}

/** Mean over height and width, then a linear map. */
export function classify(name: string, x: SymbolicTensor, { kernel, bias }: Filter): SymbolicTensor {
  const mean = apply(layers.globalAveragePooling2d({ name: `${name}_mean` }), x);
  return apply(layers.dense({ name, units: kernel.shape[1]!, weights: [kernel, bias!] }), mean);
}

/** Squeeze-and-excitation; filters [C, R] and [R, C]. */
export function excite(
  name: string,
  x: SymbolicTensor,
  reduce: Filter,
  expand: Filter,
  activation: Activation,
): SymbolicTensor {
  const [channels, reduced] = reduce.kernel.shape as [number, number];
  const mean = apply(layers.globalAveragePooling2d({ name: `${name}_mean` }), x);
  const narrow = layers.dense({
    name: `${name}_reduce`,
    units: reduced,
    activation,
    weights: [reduce.kernel, reduce.bias!],
  });
  const gate = layers.dense({
    name: `${name}_expand`,
    units: channels,
    activation: 'sigmoid',
    weights: [expand.kernel, expand.bias!],
  });
  const shaped = layers.reshape({ name: `${name}_gate`, targetShape: [1, 1, channels] });
  return apply(layers.multiply({ name }), [x, apply(shaped, apply(gate, apply(narrow, mean)))]);
}

/** The map with a row or a column of zeros at its end where asked. */
export function evenSides(name: string, x: SymbolicTensor, rows: number, columns: number): SymbolicTensor {
  if (rows === 0 && columns === 0) return x;
  const padding: [[number, number], [number, number]] = [
    [0, rows],
    [0, columns],
  ];
  return apply(layers.zeroPadding2d({ name: `${name}_even`, padding }), x);
}
