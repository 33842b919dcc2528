import protobuf from 'protobufjs';

// The part of onnx.proto that the files of this library need: names, numbers and types are those of the standard.

const field = (type: string, id: number) => ({ type, id });
const many = (type: string, id: number) => ({ type, id, rule: 'repeated' });

const nested = {
  StringStringEntryProto: { fields: { key: field('string', 1), value: field('string', 2) } },
  OperatorSetIdProto: { fields: { domain: field('string', 1), version: field('int64', 2) } },
  TensorProto: {
    fields: {
      dims: many('int64', 1),
      dataType: field('int32', 2),
      name: field('string', 8),
      rawData: field('bytes', 9),
    },
  },
  AttributeProto: {
    fields: {
      name: field('string', 1),
      f: field('float', 2),
      i: field('int64', 3),
      ints: many('int64', 8),
      type: field('int32', 20),
    },
  },
  NodeProto: {
    fields: {
      input: many('string', 1),
      output: many('string', 2),
      name: field('string', 3),
      opType: field('string', 4),
      attribute: many('AttributeProto', 5),
    },
  },
  Dimension: { fields: { dimValue: field('int64', 1), dimParam: field('string', 2) } },
  TensorShapeProto: { fields: { dim: many('Dimension', 1) } },
  TensorTypeProto: { fields: { elemType: field('int32', 1), shape: field('TensorShapeProto', 2) } },
  TypeProto: { fields: { tensorType: field('TensorTypeProto', 1) } },
  ValueInfoProto: { fields: { name: field('string', 1), type: field('TypeProto', 2) } },
  GraphProto: {
    fields: {
      node: many('NodeProto', 1),
      name: field('string', 2),
      initializer: many('TensorProto', 5),
      input: many('ValueInfoProto', 11),
      output: many('ValueInfoProto', 12),
    },
  },
  ModelProto: {
    fields: {
      irVersion: field('int64', 1),
      producerName: field('string', 2),
      producerVersion: field('string', 3),
      graph: field('GraphProto', 7),
      opsetImport: many('OperatorSetIdProto', 8),
      metadataProps: many('StringStringEntryProto', 14),
    },
  },
};

/** A file of ONNX. */
export const modelProto: protobuf.Type = protobuf.Root.fromJSON({ nested }).lookupType('ModelProto');

/** Numbers of the element types. */
export const elementType = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const;
export type ElementName = keyof typeof elementType;

/** Bytes of an element. */
export const elementBytes: { readonly [E in ElementName]: number } = {
  float32: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  float16: 2,
};

/** Numbers of the kinds of attributes. */
export const attributeType = { f: 1, i: 2, ints: 7 } as const;

export interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly name: string;
  readonly rawData: Uint8Array;
}

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attribute: readonly object[];
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { readonly dimValue?: number; readonly dimParam?: string }[] };
    };
  };
}

export interface ModelProto {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly graph: {
    readonly name: string;
    readonly node: readonly NodeProto[];
    readonly initializer: readonly TensorProto[];
    readonly input: readonly ValueInfoProto[];
    readonly output: readonly ValueInfoProto[];
  };
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
}
