import type * as tf from '@tensorflow/tfjs-core';
import { type DrawCode, noiseCode } from '../draw';
import type { Shader } from '../shader';
import type { EdgePart, Level } from './layout';

/** The maps of a level before their norms, plane by plane, and what the norms need. */
export interface LevelMaps {
  /** [planes, N, H, W, C]. */
  readonly maps: tf.TensorInfo;
  /** Mean, variance and 1 / sqrt(variance + epsilon) of every channel of every plane: [3, planes, C]. */
  readonly statistics: tf.TensorInfo;
}

/** What a part has computed of the terms of a mixture. */
export interface Computed {
  readonly x: tf.TensorInfo;
  readonly levels: readonly LevelMaps[];
  /** Standard deviation of x, where noise is relative to it. */
  readonly deviation: tf.TensorInfo | undefined;
  readonly given: readonly tf.TensorInfo[];
}

/** Code with what it reads. */
export type Snippet = Required<Pick<Shader, 'key' | 'inputs' | 'uniforms' | 'code'>>;

/** A term of a mixture as shaders read it. */
export interface Operand {
  /** Its place in the mixture. */
  readonly term: number;
  /** Names the value in keys of shaders. */
  readonly key: string;
  /** WGSL: its value at the element `at` of a map, in channel `c`. */
  readonly value: string;
  /** Whether a norm stands behind it. */
  readonly normed: boolean;
}

/**
 * WGSL: `normalized<k>(plane, at, c)`, element `at` of a normalised map of a level; `uniforms.plane` is the size of a map
 * and `uniforms.channels` its channels.
 */
export function normalized(k: number, { norms, output }: Level, { maps, statistics }: LevelMaps): Snippet {
  return {
    key: `n${k}`,
    inputs: { [`m${k}`]: maps, [`s${k}`]: statistics },
    uniforms: { [`columns${k}`]: norms.length * output[3] },
    code: `
  fn normalized${k}(plane : i32, at : i32, c : i32) -> f32 {
    let column = plane * uniforms.channels + c;
    return (m${k}[plane * uniforms.plane + at] - s${k}[column]) * s${k}[2 * uniforms.columns${k} + column];
  }`,
  };
}

/** The terms of a part, in the order of the mixture. */
export function operandsOf({ levels, identities, noisy, given }: EdgePart): Operand[] {
  const all: Operand[] = [
    ...levels.flatMap(({ finals }, k) =>
      finals.map(({ plane, term }) => ({
        term,
        key: `${term}n${k}p${plane}`,
        value: `normalized${k}(${plane}, at, c)`,
        normed: true,
      })),
    ),
    ...identities.map((term) => ({ term, key: `${term}x`, value: 'x[at]', normed: false })),
    ...given.map((term, k) => ({ term, key: `${term}g${k}`, value: `g${k}[at]`, normed: false })),
  ];
  if (noisy)
    all.push({ term: noisy.term, key: `${noisy.term}d`, value: 'disturbed(x[at], at)', normed: false });
  return all.sort((a, b) => a.term - b.term);
}

/** What the values of some operands read. */
export function reading(
  { levels, noisy }: EdgePart,
  { x, levels: maps, deviation, given }: Computed,
  operands: readonly Operand[],
): Snippet {
  const reads = (name: string) => operands.some(({ value }) => value.includes(name));
  const norms = levels.flatMap((level, k) =>
    reads(`normalized${k}(`) ? [normalized(k, level, maps[k]!)] : [],
  );
  const noise: DrawCode | undefined = noisy && reads('disturbed(') ? noiseCode(noisy.noise) : undefined;
  return {
    key: [...operands.map(({ key }) => key), ...(noise ? [noise.key] : [])].join('_'),
    inputs: {
      ...(reads('x[') ? { x } : {}),
      ...(noise && deviation ? { deviation } : {}),
      ...Object.assign({}, ...norms.map(({ inputs }) => inputs)),
      ...Object.fromEntries(given.flatMap((y, k) => (reads(`g${k}[`) ? [[`g${k}`, y]] : []))),
    },
    uniforms: { ...noise?.uniforms, ...Object.assign({}, ...norms.map(({ uniforms }) => uniforms)) },
    code: [...norms.map(({ code }) => code), noise?.code ?? ''].join(''),
  };
}
