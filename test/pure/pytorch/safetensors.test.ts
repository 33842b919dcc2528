import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../../../src/pytorch';

const tensors = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1 }).filter((name) => !['__metadata__', '__proto__'].includes(name)),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
  }),
  { selector: ({ name }) => name, maxLength: 6 },
);

/** A file with one tensor, put together by hand. */
function file(header: unknown, values: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + values.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(values, 8 + json.length);
  return bytes;
}

const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer);

const single = (dtype: string, values: ArrayBufferView, length: number) =>
  file({ t: { dtype, shape: [length], data_offsets: [0, values.byteLength] } }, bytesOf(values));

describe('safetensors', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (list, metadata) => {
        const written = list.map(({ name, shape }, i) => ({
          name,
          shape,
          data: Float32Array.from({ length: shape.reduce((p, s) => p * s, 1) }, (_, j) => i + j / 7),
        }));
        const bytes = encodeSafetensors(written, metadata);
        expect((8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))) % 8).toBe(0);
        const content = decodeSafetensors(bytes);
        expect({ ...content.metadata }).toEqual({ ...metadata });
        const byName = (list: readonly { readonly name: string }[]) =>
          [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
        expect(byName(content.tensors)).toEqual(byName(written));
      }),
    );
  });

  it.each([
    ['F64', new Float64Array([1.5, -2, 1e-3])],
    ['F32', new Float32Array([1.5, -2, 1e-3])],
    ['I64', new BigInt64Array([1n, -2n, 70_000n])],
    ['I32', new Int32Array([1, -2, 70_000])],
    ['I16', new Int16Array([1, -2, 30_000])],
    ['I8', new Int8Array([1, -2, 100])],
    ['U64', new BigUint64Array([1n, 2n, 70_000n])],
    ['U32', new Uint32Array([1, 2, 3_000_000_000])],
    ['U16', new Uint16Array([1, 2, 60_000])],
    ['U8', new Uint8Array([1, 2, 200])],
    ['BOOL', new Uint8Array([1, 0, 1])],
  ] as const)('reads %s', (dtype, values) => {
    const [tensor] = decodeSafetensors(single(dtype, values, 3)).tensors;
    expect(tensor!.data).toEqual(Float32Array.from([...values].map(Number)));
  });

  it('reads half precision', () => {
    const f16 = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x8000, 0x7c00, 0x7bff);
    expect([...decodeSafetensors(single('F16', f16, 6)).tensors[0]!.data]).toEqual([
      1,
      -2,
      2 ** -24,
      -0,
      Number.POSITIVE_INFINITY,
      65_504,
    ]);
    expect(decodeSafetensors(single('F16', Uint16Array.of(0x7e00), 1)).tensors[0]!.data[0]).toBeNaN();
    const bf16 = Uint16Array.of(0x3f80, 0xc000, 0x4049);
    expect([...decodeSafetensors(single('BF16', bf16, 3)).tensors[0]!.data]).toEqual([1, -2, 3.140625]);
  });

  const good = encodeSafetensors([{ name: 'w', shape: [2, 3], data: new Float32Array(6) }]);

  it('refuses a truncated file wherever it ends', () => {
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeSafetensors(good.subarray(0, length)), `${length} bytes`).toThrow(RangeError);
    }
    expect(() => decodeSafetensors(good.subarray(0, 20))).toThrow(
      /^decodeSafetensors: the header of \d+ bytes at offset 8 must fit in the file, got '20 bytes'; the file is trunc/,
    );
  });

  it.each([
    [
      'text',
      file('no json', new Uint8Array(0)),
      /the header at offset 8 must be a JSON object, got 'no json'/,
    ],
    ['another type', single('F8_E4M3', new Uint8Array(3), 3), /'t' must be of a known type.* got 'F8_E4M3'/],
    [
      'a side below 0',
      single('F32', new Float32Array(2), -2),
      /'t' must have a shape of whole numbers, got \[-2\]/,
    ],
    [
      'half a side',
      single('F32', new Float32Array(2), 1.5),
      /'t' must have a shape of whole numbers, got \[1.5\]/,
    ],
    ['a wrong shape', single('F32', new Float32Array(3), 4), /'t' must have 16 bytes within the 12 bytes/],
    [
      'values that nothing describes',
      file({}, new Uint8Array(4)),
      /the header describes 0 bytes of values after offset 10, got 4/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });

  const entry = (from: number, to: number) =>
    `{"dtype":"U8","shape":[${to - from}],"data_offsets":[${from},${to}]}`;

  it.each([
    [
      'two tensors over the same bytes',
      `{"a":${entry(0, 4)},"b":${entry(2, 6)}}`,
      /'b' must begin .* at 4, got 2/,
    ],
    ['one tensor in another', `{"a":${entry(0, 6)},"b":${entry(2, 4)}}`, /'b' must begin .* at 6, got 2/],
    ['two tensors at one place', `{"a":${entry(0, 3)},"b":${entry(0, 3)}}`, /'b' must begin .* at 3, got 0/],
    ['a hole', `{"a":${entry(0, 2)},"b":${entry(4, 6)}}`, /'b' must begin .* at 2, got 4/],
    ['bytes before the first', `{"a":${entry(1, 6)}}`, /'a' must begin .* at 0, got 1/],
    ['one name twice', `{"a":${entry(0, 6)},"a":${entry(0, 6)}}`, /every key once, got 'a'/],
    [
      'one name twice, written in two ways',
      `{"a":${entry(0, 6)},"\\u0061" :${entry(0, 6)}}`,
      /every key once, got 'a'/,
    ],
    [
      'two sizes',
      `{"a":{"dtype":"U8","shape":[6],"shape":[6],"data_offsets":[0,6]}}`,
      /every key once, got 'shape'/,
    ],
    [
      'null for metadata',
      `{"__metadata__":null,"a":${entry(0, 6)}}`,
      /__metadata__ must be an object of texts, got null/,
    ],
    ['a number for metadata', `{"__metadata__":5,"a":${entry(0, 6)}}`, /__metadata__ .*, got 5/],
    ['a list for metadata', `{"__metadata__":[],"a":${entry(0, 6)}}`, /__metadata__ .*, got \[\]/],
    ['numbers in metadata', `{"__metadata__":{"n":1},"a":${entry(0, 6)}}`, /__metadata__ .*, got {"n":1}/],
    ['a byte order mark', `\uFEFF{"a":${entry(0, 6)}}`, /must be a JSON object/],
  ])('refuses %s', (_, header, message) => {
    expect(() => decodeSafetensors(file(header, new Uint8Array(6)))).toThrow(RangeError);
    expect(() => decodeSafetensors(file(header, new Uint8Array(6)))).toThrow(message);
  });

  it('takes tensors in any order, empty ones, and braces and quotes in names', () => {
    const header = `{"{\\"a\\":}":${entry(2, 6)},"e":${entry(2, 2)},"b":${entry(0, 2)},"__metadata__":{"a":"a","b":"{\\"b\\":"}}`;
    const { tensors } = decodeSafetensors(file(header, Uint8Array.of(1, 2, 3, 4, 5, 6)));
    expect(tensors.map(({ name, data }) => [name, [...data]])).toEqual([
      ['{"a":}', [3, 4, 5, 6]],
      ['e', []],
      ['b', [1, 2]],
    ]);
    const long = `{"__metadata__":{"a":"${'x\\n'.repeat(2_000_000)}"},"a":${entry(0, 6)}}`;
    expect(decodeSafetensors(file(long, new Uint8Array(6))).metadata.a).toHaveLength(4_000_000);
  });

  it('refuses what is no file and no text', () => {
    expect(() => decodeSafetensors(new ArrayBuffer(8) as never)).toThrow(
      'decodeSafetensors: the file must be a Uint8Array',
    );
    expect(() => encodeSafetensors([], { epoch: 3 } as never)).toThrow(
      'encodeSafetensors: metadata must be an object of texts',
    );
    const named = { name: '__metadata__', shape: [1], data: new Float32Array(1) };
    expect(() => encodeSafetensors([named])).toThrow("the tensor '__metadata__' must have a name of its own");
  });

  it('refuses to write two tensors of one name, and values that do not fit', () => {
    const tensor = { name: 'w', shape: [2], data: new Float32Array(2) };
    expect(() => encodeSafetensors([tensor, tensor])).toThrow(
      /^encodeSafetensors: the tensor 'w' must have a/,
    );
    expect(() => encodeSafetensors([{ ...tensor, shape: [3] }])).toThrow(RangeError);
  });
});
