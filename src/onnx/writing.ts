import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { rangeError } from '../errors';
import type { Attributes, Graph } from './graph';
import type { Range } from './ranges';
import type { ElementName } from './schema';

/** Where the channels of maps stand: last as in tfjs, or first as in ONNX. What is no map has them last. */
export type Order = 'first' | 'last';

/** Steps of quantised numbers: `value = scale (number - zero)`. */
export interface Steps {
  readonly scale: number;
  readonly zero: number;
}

/** A value of the graph by its name in either order, as far as it is there. */
export interface Value {
  readonly rank: number;
  readonly names: { first?: string; last?: string };
  readonly steps?: Steps;
}

/** What is written, and how. */
export interface Target {
  readonly graph: Graph;
  /** Type of the numbers that the graph computes with. */
  readonly element: Extract<ElementName, 'float32' | 'float16'>;
  /** Of values that are to be whole numbers. */
  readonly ranges: ReadonlyMap<SymbolicTensor, Range>;
  /** Weights that have been read, those of a layer by the ends of their names. */
  readonly weights: ReadonlyMap<layers.Layer, ReadonlyMap<string, Weight>>;
  /** Constants that are written already, for layers that are used more than once. */
  readonly written: Map<string, string>;
}

export interface Weight {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

const TO_FIRST = [0, 3, 1, 2];
const TO_LAST = [0, 2, 3, 1];

/** The name of a value with its channels first or last. */
export function nameIn({ graph }: Target, { names, rank }: Value, order: Order): string {
  const there = names[order];
  if (there !== undefined) return there;
  const [other, perm] = order === 'first' ? [names.last!, TO_FIRST] : [names.first!, TO_LAST];
  if (rank !== 4) throw new Error(`writeOnnx: '${other}' of rank ${rank} has no channels to put first`);
  names[order] = graph.node('Transpose', `${other}_${order}`, [other], { perm });
  return names[order];
}

/** Whole numbers from 0 to 255 over a range that holds 0, which is one of them exactly. */
export function stepsOf({ min, max }: Range): Steps {
  const scale = (Math.max(max, 0) - Math.min(min, 0)) / 255 || 1;
  return { scale, zero: Math.round(-Math.min(min, 0) / scale) };
}

/** A value through whole numbers and back, which runtimes merge into the nodes around. */
export function quantised({ graph }: Target, name: string, { scale, zero }: Steps): string {
  const parameters = [
    graph.constant(`${name}_scale`, [scale], [], 'float32'),
    graph.constant(`${name}_zero`, [zero], [], 'uint8'),
  ];
  const whole = graph.node('QuantizeLinear', `${name}_quantized`, [name, ...parameters]);
  return graph.node('DequantizeLinear', `${name}_dequantized`, [whole, ...parameters]);
}

/**
 * A filter [out, ...] as a constant: with whole numbers from -127 to 127 for each output where the input has steps.
 *
 * @returns Names of filter and bias.
 */
export function filterConstants(
  target: Target,
  name: string,
  filter: Weight,
  bias: Weight | undefined,
  input: Value,
): string[] {
  const { graph, element, written, ranges } = target;
  const once = (key: string, make: () => string) => {
    const known = written.get(key) ?? make();
    written.set(key, known);
    return known;
  };
  if (ranges.size === 0)
    return [
      once(`${name}_kernel`, () => graph.constant(`${name}_kernel`, filter.data, filter.shape, element)),
      ...(bias
        ? [once(`${name}_bias`, () => graph.constant(`${name}_bias`, bias.data, bias.shape, element))]
        : []),
    ];
  const [outputs] = filter.shape as [number];
  const size = filter.data.length / outputs;
  const values = Array.from(filter.data);
  const scales = Array.from({ length: outputs }, (_, out) => {
    const most = Math.max(...values.slice(out * size, (out + 1) * size).map(Math.abs));
    return most / 127 || 1;
  });
  const kernel = once(`${name}_kernel`, () => {
    const whole = values.map((value, i) => Math.round(value / scales[Math.floor(i / size)]!));
    const parts = [
      graph.constant(`${name}_kernel`, whole, filter.shape, 'int8'),
      graph.constant(`${name}_kernel_scale`, scales, [outputs], 'float32'),
      graph.constant(`${name}_kernel_zero`, new Int8Array(outputs), [outputs], 'int8'),
    ];
    return graph.node('DequantizeLinear', `${name}_kernel_dequantized`, parts, { axis: 0 });
  });
  if (!bias) return [kernel];
  const { steps } = input;
  if (!steps)
    return [
      kernel,
      once(`${name}_bias`, () => graph.constant(`${name}_bias`, bias.data, bias.shape, 'float32')),
    ];
  // In the steps of the sums: runtimes add it to them as it is.
  const fine = scales.map((scale) => scale * steps.scale);
  const whole = Array.from(bias.data, (value, i) =>
    Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.round(value / fine[i]!))),
  );
  const parts = [
    graph.constant(`${name}_bias`, whole, [outputs], 'int32'),
    graph.constant(`${name}_bias_scale`, fine, [outputs], 'float32'),
    graph.constant(`${name}_bias_zero`, new Int32Array(outputs), [outputs], 'int32'),
  ];
  return [kernel, graph.node('DequantizeLinear', `${name}_bias_dequantized`, parts, { axis: 0 })];
}

/** A layer at one of its uses, while it is written. */
export interface Use {
  readonly target: Target;
  readonly layer: layers.Layer;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Value[];
  readonly shapes: readonly (readonly (number | null)[])[];
  readonly outputShape: readonly (number | null)[];
}

/** What a layer has been written as. */
export interface Written {
  readonly name: string;
  readonly order: Order;
}

/** Adds a node named after the layer. */
export const add = (
  { target, layer }: Use,
  op: string,
  inputs: readonly string[],
  attributes: Attributes = {},
  end = '',
) => target.graph.node(op, `${layer.name}${end}`, inputs, attributes);

/** Refuses what a layer is set to. */
export const refuse = ({ layer }: Use, what: string, got: unknown): never => {
  throw rangeError(
    'writeOnnx',
    `the ${layer.getClassName()} '${layer.name}' must have ${what}`,
    got,
    'write the layer in others, or leave it out',
  );
};
