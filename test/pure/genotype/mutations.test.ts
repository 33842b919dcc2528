import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publishedGenotype } from '../../../src/catalogue';
import {
  genotypeFromJson,
  genotypeFromPython,
  genotypesFromPython,
  genotypeToJson,
  genotypeToPython,
  nasBench201FromString,
  validateGenotype,
} from '../../../src/genotype';
import { darts, defineSpace, mobile, nasBench201, robustDarts, spaceFromJson } from '../../../src/spaces';

const RUNS = Number(process.env.MUTATIONS ?? 150);

/** Values that a field may hold by mistake. */
const wrong = fc.constantFrom<unknown[]>(
  null,
  undefined,
  true,
  -1,
  0.5,
  1e9,
  Number.NaN,
  '',
  'toString',
  '__proto__',
  'x\0',
  [],
  {},
  // biome-ignore lint/suspicious/noSparseArray: a list with holes is the point
  [,],
  [[]],
  Object.create(null),
);

/** A copy in which the value at one place, chosen by numbers, is another, gone or twice. */
function mutate(value: unknown, path: readonly number[], other: unknown): unknown {
  if (value === null || typeof value !== 'object' || path.length === 0) return other;
  const keys = Object.keys(value);
  if (keys.length === 0) return other;
  const key = keys[path[0]! % keys.length]!;
  const inner = mutate((value as Record<string, unknown>)[key], path.slice(1), other);
  if (!Array.isArray(value)) return { ...value, [key]: inner };
  const copy = [...value];
  copy[Number(key)] = inner;
  return copy;
}

const change = fc.tuple(fc.array(fc.nat(100), { maxLength: 5 }), wrong);

/** A text with a part cut out and another put in. */
const damage = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat(8),
  fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom('[', ')', "'", '"', '\0', '~', '|', '+', '#', '\n', '99999'),
  ),
);
const damaged = (text: string, [at, cut, put]: readonly [number, number, string]) => {
  const place = Math.floor(at * text.length);
  return text.slice(0, place) + put + text.slice(place + cut);
};

/** Runs a reader; all that it may throw is an error that begins with its name. */
function read(name: string, reader: () => unknown): void {
  try {
    reader();
  } catch (error) {
    expect(error, String((error as Error).stack)).toSatisfy(
      (thrown: unknown) =>
        thrown instanceof Error && /^(TypeError|RangeError|SyntaxError)$/.test(thrown.name),
    );
    expect((error as Error).message.startsWith(`${name}: `), (error as Error).stack).toBe(true);
  }
}

const genotype = publishedGenotype('noisy_darts_a');
const json = genotypeToJson(genotype);
const python = `from x import y\nA = ${genotypeToPython(genotype)}\nB = A\n`;
const cell = '|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|none~0|nor_conv_1x1~1|avg_pool_3x3~2|';
const spaces = [darts(), robustDarts('S1'), nasBench201(), mobile()];

describe('whatever a mutation makes of it, the error is one of ours', () => {
  it.each<[string, (path: readonly number[], other: unknown) => unknown]>([
    ['validateGenotype', (path, other) => validateGenotype(mutate(genotype, path, other))],
    ['genotypeFromJson', (path, other) => genotypeFromJson(mutate(JSON.parse(json), path, other))],
  ])('%s of an object', (name, reader) => {
    fc.assert(
      fc.property(change, ([path, other]) => read(name, () => reader(path, other))),
      { numRuns: RUNS },
    );
  });

  it('spaceFromJson of an object', () => {
    fc.assert(
      fc.property(fc.constantFrom(...spaces), change, (space, [path, other]) =>
        read('spaceFromJson', () => spaceFromJson(mutate(space, path, other))),
      ),
      { numRuns: RUNS },
    );
  });

  it.each<[string, string, (text: string) => unknown]>([
    ['genotypeFromJson', json, genotypeFromJson],
    ['genotypeFromPython', genotypeToPython(genotype), genotypeFromPython],
    ['genotypesFromPython', python, genotypesFromPython],
    ['nasBench201FromString', cell, nasBench201FromString],
    ['spaceFromJson', JSON.stringify(darts()), spaceFromJson],
  ])('%s of a text', (name, text, reader) => {
    fc.assert(
      fc.property(damage, (change) => read(name, () => reader(damaged(text, change)))),
      { numRuns: RUNS },
    );
  });
});

describe('bounds', () => {
  it.each<[string, (text: string) => unknown]>([
    ['genotypeFromJson', genotypeFromJson],
    ['genotypeFromPython', genotypeFromPython],
    ['genotypesFromPython', genotypesFromPython],
    ['nasBench201FromString', nasBench201FromString],
  ])('%s refuses a text of a million blanks and more', (name, reader) => {
    expect(() => reader(' '.repeat(1_000_001))).toThrow(
      `${name}: the text must have at most 1000000 characters, got 1000001`,
    );
  });

  it('no cell has more than 128 nodes', () => {
    const cells = (nodes: number) => {
      const edges = Array.from({ length: 2 * nodes }, () => ['skip_connect', 0] as const);
      return { normal: edges, normalConcat: [2], reduce: edges, reduceConcat: [2] };
    };
    expect(validateGenotype(cells(128)).normal).toHaveLength(256);
    expect(() => validateGenotype(cells(129))).toThrow(
      'validateGenotype: normal must have at most 128 nodes, got 129; use smaller cells',
    );
    expect(() => spaceFromJson({ ...darts(), nodes: 129, multiplier: 4 })).toThrow(
      'nodes must be a whole number from 1 to 128',
    );
  });

  it('sparse lists are refused', () => {
    const normal = [...genotype.normal];
    delete (normal as unknown[])[3];
    expect(() => validateGenotype({ ...genotype, normal })).toThrow(
      'validateGenotype: normal[3] must be a pair, got undefined',
    );
  });

  it.each(['toString', 'constructor', '__proto__', 'valueOf', 'hasOwnProperty'])(
    'an operation cannot be called %s',
    (name) => {
      expect(() => defineSpace({ name: 'mine', primitives: ['skip_connect', { primitive: name }] })).toThrow(
        /^defineSpace: primitives\[1\] is not a name/,
      );
      const edges = [[name, 0], ...genotype.normal.slice(1)];
      expect(() => validateGenotype({ ...genotype, normal: edges })).toThrow(
        'is not the name of an operation',
      );
    },
  );
});
