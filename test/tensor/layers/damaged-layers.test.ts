import * as tf from '@tensorflow/tfjs-core';
import { input, type layers } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { packOptions, unpackOptions } from '../../../src/layers/options';
import { leavesNoTensors } from '../../support/memory';
import { HOUSE } from '../support';
import { layerCases } from './support';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What damage puts in the place of a value. */
const wrong = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    0.5,
    1e9,
    2 ** 53,
    1e300,
    '',
    'none',
    'skip_connect',
    [],
    {},
  ),
  fc.integer({ min: -3, max: 40 }),
  fc.string({ maxLength: 4 }),
  fc.constantFrom<Json>([null], [[]], [[1]], [0, 0], ['none', 'none'], { name: 'x' }, [['skip_connect', 9]]),
);

/** Where the values of a tree are, but for those in the configurations of layers inside, which may be of tfjs. */
function places(tree: Json, path: readonly string[] = []): (readonly string[])[] {
  if (tree === null || typeof tree !== 'object' || path.at(-1) === 'config') return [path];
  return [path, ...Object.entries(tree).flatMap(([key, value]) => places(value, [...path, key]))];
}

const damage = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'twice', 'add'),
  value: wrong,
});

/** A copy of a tree with one place damaged. */
function damaged(tree: Json, { at, how, value }: { at: number; how: string; value: Json }): Json {
  const copy = structuredClone(tree);
  const [, ...all] = places(copy);
  if (all.length === 0) return copy;
  const path = all[at % all.length]!;
  const holder = path
    .slice(0, -1)
    .reduce((node, key) => (node as Record<string, Json>)[key]!, copy) as Record<string, Json>;
  const key = path.at(-1)!;
  if (how === 'remove') delete holder[key];
  else if (how === 'add') holder[`${key}_`] = value;
  else if (how === 'twice' && Array.isArray(holder)) holder.splice(Number(key), 0, holder[Number(key)]!);
  else holder[key] = value;
  return copy;
}

/** Makes a layer of a saved one's options and builds it; what is in words is right. */
function load(
  cls: tf.serialization.SerializableConstructor<layers.Layer>,
  config: object,
  shapes: readonly (readonly number[])[],
) {
  const symbols = shapes.map((shape) => input({ shape: shape.slice(1) }));
  try {
    const fromConfig = (cls as unknown as { fromConfig(cls: unknown, config: unknown): layers.Layer })
      .fromConfig;
    fromConfig.call(cls, cls, config).apply(symbols.length === 1 ? symbols[0]! : symbols);
    return undefined;
  } catch (error) {
    return error instanceof Error && HOUSE.test(error.message) ? undefined : error;
  }
}

describe('a saved layer whose options are damaged', () => {
  leavesNoTensors();
  let before: ReadonlySet<string>;
  afterEach(() => {
    for (const [name, variable] of Object.entries(tf.engine().registeredVariables))
      if (!before.has(name)) variable.dispose();
  });

  it.each(layerCases)('is made, or refused in words: $what', ({ create, shapes }) => {
    before = new Set(Object.keys(tf.engine().registeredVariables));
    const layer = create(1);
    const config = layer.getConfig();
    if (!('options' in config)) return;
    const options = unpackOptions(config.options) as Json;
    const cls = layer.constructor as never;
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 2 }), (damages) => {
        const mutated = damages.reduce(damaged, options);
        const held = new Set(Object.keys(tf.engine().registeredVariables));
        const error = load(cls, { ...config, options: packOptions(mutated as object) }, shapes);
        for (const [name, variable] of Object.entries(tf.engine().registeredVariables))
          if (!held.has(name)) variable.dispose();
        expect(error, JSON.stringify(mutated)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });
});
