import { describe, expect, it } from 'vitest';
import { defineCandidate, identity } from '../../../src/layers';
import {
  countEdges,
  type DartsSpace,
  darts,
  defineSpace,
  mobile,
  nasBench201,
  spaceFromJson,
} from '../../../src/spaces';

const involution = defineCandidate({ primitive: 'involution', create: ({ name }) => identity({ name }) });
const pair = ['skip_connect', 'sep_conv_3x3'] as const;

describe('defineSpace', () => {
  it('fills in the DARTS cell', () => {
    expect(defineSpace({ name: 'pair', primitives: pair })).toEqual({
      kind: 'darts',
      name: 'pair',
      primitives: ['skip_connect', 'sep_conv_3x3'],
      nodes: 4,
      multiplier: 4,
      stemMultiplier: 3,
      reductions: 'thirds',
    });
  });

  it('concatenates all nodes unless told otherwise', () => {
    expect(defineSpace({ name: 'a', primitives: pair, nodes: 2 }).multiplier).toBe(2);
    expect(defineSpace({ name: 'a', primitives: pair, nodes: 5, multiplier: 3 }).multiplier).toBe(3);
  });

  it('keeps literal types and copies what it is given', () => {
    const edges = Array.from({ length: countEdges(1) }, () => [...pair]);
    const reductions = [1];
    const options = {
      name: 'mine',
      primitives: [...pair, involution],
      nodes: 1,
    } as const;
    const space: DartsSpace<'skip_connect' | 'sep_conv_3x3' | 'involution'> = defineSpace({
      ...options,
      reductions,
      edges: { normal: edges, reduce: edges },
    });
    const before = structuredClone(space);
    edges[0]!.reverse();
    reductions.push(2);
    expect(space).toEqual(before);
  });

  it('does not compile a misspelt primitive, and refuses it at run time', () => {
    // @ts-expect-error: skip_conect is no primitive.
    expect(() => defineSpace({ name: 'a', primitives: ['skip_conect', 'sep_conv_3x3'] })).toThrow(
      new RangeError(
        "defineSpace: there is no such primitive, got 'skip_conect'; correct it, or define it with defineCandidate()",
      ),
    );
    const edges = [['skip_connect'], ['sep_conv_3x3']] as const;
    const misspelt = [['skip_connect'], ['sep_conv_3x4']] as const;
    expect(() =>
      // @ts-expect-error: sep_conv_3x4 is not among the space's primitives.
      defineSpace({ name: 'a', primitives: pair, nodes: 1, edges: { normal: edges, reduce: misspelt } }),
    ).toThrow(
      new RangeError(
        "defineSpace: edges.reduce[1] names what is not among the primitives, got 'sep_conv_3x4'; add it there",
      ),
    );
  });

  it('knows the operations that defineCandidate has named, and no name that every object has', () => {
    const named = (...primitives: string[]) => defineSpace({ name: 'a', primitives: primitives as never });
    expect(named('involution').primitives).toEqual(['involution']);
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty']) {
      expect(() => named(name)).toThrow(`defineSpace: primitives[0] is not a name, got '${name}'`);
    }
  });

  it('refuses an operation that is not defined, and options that do not exist', () => {
    expect(() => defineSpace({ name: 'a', primitives: [{ primitive: 'undefined_op' }] })).toThrow(
      "defineSpace: there is no such primitive, got 'undefined_op'; correct it, or define it with defineCandidate()",
    );
    expect(() => fault({ custom: ['involution'] })()).toThrow(
      "defineSpace: there is no such option, got 'custom'",
    );
  });

  const fault = (change: object) => () =>
    defineSpace({ name: 'a', primitives: pair, nodes: 1, ...change } as never);
  const faults: readonly (readonly [string, object, string])[] = [
    [
      'an empty name',
      { name: '' },
      "defineSpace: name must be a non-empty text, got ''; use for example 'my-space'",
    ],
    [
      'no primitives',
      { primitives: [] },
      'defineSpace: primitives must be a list of names, got []; list for example',
    ],
    [
      'a text for a list',
      { primitives: 'skip_connect' },
      "primitives must be a list of names, got 'skip_connect'",
    ],
    [
      'a name with a blank',
      { primitives: ['my op'] },
      "defineSpace: primitives[0] is not a name, got 'my op'; use a letter",
    ],
    [
      'a repeated name',
      { primitives: [...pair, pair[0]] },
      "primitives must not repeat a name, got 'skip_connect'",
    ],
    [
      'nothing but none',
      { primitives: ['none'] },
      "primitives must offer something besides 'none', got ['none']",
    ],
    ['no nodes', { nodes: 0 }, 'defineSpace: nodes must be a whole number from 1 to 128, got 0'],
    [
      'too large a multiplier',
      { multiplier: 2 },
      'multiplier must be a whole number from 1 to 1, got 2; correct it',
    ],
    [
      'a broken stem',
      { stemMultiplier: 1.5 },
      'stemMultiplier must be a whole number from 1 to 100000, got 1.5',
    ],
    [
      'an unknown rule',
      { reductions: 'halves' },
      "reductions must be 'thirds' or ascending cell numbers, got 'halves'",
    ],
    [
      'descending cells',
      { reductions: [5, 2] },
      "reductions must be 'thirds' or ascending cell numbers, got [5, 2]",
    ],
    [
      'edges that are no tables',
      { edges: 3 },
      'edges must hold a list for either cell, got 3; pass { normal:',
    ],
    [
      'too few edges',
      { edges: { normal: [pair], reduce: [pair, pair] } },
      'edges.normal must hold the candidates of each of the 2 edges of 1 nodes, got',
    ],
    [
      'a missing cell',
      { edges: { normal: [pair, pair] } },
      'edges.reduce must hold the candidates of each of the 2 edges of 1 nodes, got undefined; give one list an edge',
    ],
    [
      'edges of different widths',
      { edges: { normal: [pair, pair], reduce: [pair, ['skip_connect']] } },
      'edges.reduce[1] must offer 2 candidates as the first edge does, for alpha is a matrix',
    ],
    [
      'an edge of nothing but none',
      {
        primitives: ['none', ...pair],
        edges: { normal: [['none'], ['none']], reduce: [['none'], ['none']] },
      },
      "edges.normal[0] must offer something besides 'none', got ['none']; add an operation",
    ],
  ];
  it.each(faults)('refuses %s', (_, change, message) => {
    expect(fault(change)).toThrow(message);
  });
});

describe('spaceFromJson', () => {
  it('drops what it does not know', () => {
    expect(spaceFromJson({ ...darts(), colour: 'blue' })).toStrictEqual(darts());
    expect(spaceFromJson({ ...nasBench201(), colour: 'blue' })).toStrictEqual(nasBench201());
    expect(spaceFromJson(JSON.stringify({ ...mobile(), colour: 'blue' }))).toStrictEqual(mobile());
  });

  it('names the first wrong field', () => {
    expect(() => spaceFromJson('null')).toThrow(
      new TypeError('spaceFromJson: a space must be an object, got null; pass for example darts()'),
    );
    expect(() => spaceFromJson({ ...darts(), kind: 'chain' })).toThrow(
      new RangeError(
        "spaceFromJson: kind must name a kind of space, got 'chain'; use 'darts', 'nas-bench-201' or 'mobile'",
      ),
    );
    expect(() => spaceFromJson({ ...nasBench201(), stages: undefined })).toThrow(
      new TypeError(
        'spaceFromJson: stages must be a whole number from 1 to 100000, got undefined; correct it',
      ),
    );
    expect(() => spaceFromJson({ ...mobile(), primitives: ['mbconv9_3x3'] })).toThrow(
      /^spaceFromJson: primitives of a mobile space are some of skip_connect, mbconv3_3x3, .*, got 'mbconv9_3x3'; correct it$/,
    );
    expect(() => spaceFromJson({ ...mobile(), layers: [{ filters: 8 }] })).toThrow(
      new TypeError(
        'spaceFromJson: layers[0].stride must be a whole number from 1 to 100000, got undefined; correct it',
      ),
    );
    expect(() => spaceFromJson('{')).toThrow(SyntaxError);
  });
});
