import { rangeError, typeError } from '../errors';
import {
  type ElementName,
  elementBytes,
  elementType,
  type ModelProto,
  modelProto,
  type ValueInfoProto,
} from './schema';
import { MARK } from './write-onnx';

/** An input or output of a network. */
export interface OnnxValue {
  readonly name: string;
  /** Sizes; null for what is free, such as the batch. */
  readonly shape: readonly (number | null)[];
}

/** What a file of ONNX holds. Plain JSON. */
export interface OnnxSummary {
  readonly name: string;
  /** Version of this library that wrote it. */
  readonly version: string;
  readonly opset: number;
  readonly precision: 'float32' | 'float16' | 'int8';
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** How many nodes there are of each operation. */
  readonly operations: Readonly<Record<string, number>>;
  /** Numbers in the weights and other constants, and what they take. */
  readonly constants: { readonly numbers: number; readonly bytes: number };
}

const REMEDY = 'pass a whole file that writeOnnx() made';
const refused = (fault: string, got: unknown) => rangeError('readOnnx', fault, got, REMEDY);

const elements = new Map(
  Object.entries(elementType).map(([name, type]) => [type as number, name as ElementName]),
);

const describe = ({ name, type }: ValueInfoProto): OnnxValue => ({
  name,
  shape: type.tensorType.shape.dim.map(({ dimValue, dimParam }) => (dimParam ? null : (dimValue ?? null))),
});

function decode(bytes: Uint8Array): ModelProto {
  try {
    return modelProto.toObject(modelProto.decode(bytes), {
      longs: Number,
      arrays: true,
      defaults: true,
    }) as ModelProto;
  } catch (error) {
    throw refused(`the bytes must be a file of ONNX (${(error as Error).message})`, `${bytes.length} bytes`);
  }
}

/**
 * What a file that {@link writeOnnx} made holds.
 *
 * @throws TypeError for what are no bytes; RangeError for a file that is cut off, damaged, or of something else.
 */
export function readOnnx(bytes: Uint8Array): OnnxSummary {
  if (!(bytes instanceof Uint8Array))
    throw typeError('readOnnx', 'the file must be a Uint8Array', bytes, 'pass new Uint8Array(buffer)');
  const { graph, metadataProps, producerVersion, opsetImport } = decode(bytes);
  const precision = metadataProps.find(({ key }) => key === MARK)?.value;
  if (!graph || precision === undefined || opsetImport.length === 0)
    throw refused('the file must be one of this library, to its end', `${bytes.length} bytes`);
  let numbers = 0;
  let size = 0;
  for (const { name, dims, dataType, rawData } of graph.initializer) {
    const element = elements.get(dataType);
    const count = dims.reduce((product, side) => product * side, 1);
    if (!element || rawData.length !== count * elementBytes[element])
      throw refused(
        `the constant '${name}' must have as many bytes as its ${count} numbers take`,
        rawData.length,
      );
    numbers += count;
    size += rawData.length;
  }
  const known = new Set([...graph.input, ...graph.initializer].map(({ name }) => name));
  const operations: Record<string, number> = {};
  for (const { name, input, output, opType } of graph.node) {
    // An input without a name is one that is left out.
    const missing = input.find((from) => from !== '' && !known.has(from));
    if (missing !== undefined) throw refused(`the node '${name}' must read what stands before it`, missing);
    for (const made of output) known.add(made);
    operations[opType] = (operations[opType] ?? 0) + 1;
  }
  const lost = graph.output.find(({ name }) => !known.has(name));
  if (lost) throw refused('every output must be made by a node', lost.name);
  return {
    name: graph.name,
    version: producerVersion,
    opset: opsetImport[0]!.version,
    precision: precision as OnnxSummary['precision'],
    inputs: graph.input.map(describe),
    outputs: graph.output.map(describe),
    operations,
    constants: { numbers, bytes: size },
  };
}
