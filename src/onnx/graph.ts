import { requireFloat16, toFloat16 } from './float16';
import {
  attributeType,
  type ElementName,
  elementType,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './schema';

/** Attributes of a node: whole numbers and lists of them; of fractions as `{ f }`. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { readonly f: number }>>;

/** Numbers as the bytes of a file, which are little-endian, as those of every machine that runs tfjs. */
const bytesOf: {
  readonly [E in ElementName]: (values: ArrayLike<number>) => { readonly buffer: ArrayBufferLike };
} = {
  float32: (values) => Float32Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  int8: (values) => Int8Array.from(values),
  int32: (values) => Int32Array.from(values),
  int64: (values) => BigInt64Array.from(Array.from(values, BigInt)),
  float16: toFloat16,
};

/** A graph of ONNX while it is written: every node and constant gets a name of its own. */
export class Graph {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];
  readonly #taken = new Set<string>();

  /** The name, or one that begins like it where that is taken. */
  unique(name: string): string {
    let free = name;
    for (let n = 2; this.#taken.has(free); n++) free = `${name}_${n}`;
    this.#taken.add(free);
    return free;
  }

  /** Adds a node; the name of its output, which is `output` where one is given. */
  node(opType: string, name: string, input: readonly string[], attributes: Attributes = {}, output?: string) {
    const own = this.unique(name);
    const attribute = Object.entries(attributes).map(([key, value]) => {
      const [kind, held] =
        typeof value === 'number'
          ? (['i', value] as const)
          : 'f' in value
            ? (['f', value.f] as const)
            : (['ints', value] as const);
      return { name: key, [kind]: held, type: attributeType[kind] };
    });
    const out = output ?? own;
    this.nodes.push({ input, output: [out], name: own, opType, attribute });
    return out;
  }

  /** Adds a constant; its name. */
  constant(name: string, values: ArrayLike<number>, dims: readonly number[], type: ElementName): string {
    const own = this.unique(name);
    if (type === 'float16') requireFloat16('writeOnnx', name, values, "write it with precision 'float32'");
    const rawData = new Uint8Array(bytesOf[type](values).buffer);
    this.constants.push({ dims, dataType: elementType[type], name: own, rawData });
    return own;
  }
}

/** An input or output of a graph; sizes that are not known get names. */
export const valueInfo = (name: string, shape: readonly (number | null)[]): ValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: elementType.float32,
      shape: {
        dim: shape.map((size, axis) =>
          size === null ? { dimParam: axis === 0 ? 'batch' : `${name}_${axis}` } : { dimValue: size },
        ),
      },
    },
  },
});
