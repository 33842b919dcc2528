import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../kernels/geometry';
import { deviationOf } from '../deviation';
import { release, run } from '../shader';
import { depthwise, mapsShape, pointwise, type Source } from './blocks';
import type { EdgePart } from './layout';
import { type Computed, type LevelMaps, operandsOf, reading } from './operands';
import { measure } from './statistics';

/** What the blocks of a level read. */
export const sourceOf = (
  { levels }: EdgePart,
  { x, levels: maps }: Pick<Computed, 'x' | 'levels'>,
  depth: number,
): Source => (depth === 0 ? { x } : { depth: depth - 1, level: levels[depth - 1]!, maps: maps[depth - 1]! });

/** The maps of every level of a part, and what its noise is relative to. The caller owns what is new. */
export function computeMaps(
  backend: WebGPUBackend,
  part: EdgePart,
  x: tf.TensorInfo,
): Pick<Computed, 'x' | 'levels' | 'deviation'> {
  const levels: LevelMaps[] = [];
  for (const [depth, level] of part.levels.entries()) {
    const maps = backend.makeTensorInfo(mapsShape(level), 'float32');
    const deep = depthwise(backend, level, sourceOf(part, { x, levels }, depth), maps);
    if (deep) {
      pointwise(backend, level, deep, maps);
      release(backend, deep);
    }
    levels.push({ maps, statistics: measure(backend, level, maps) });
  }
  const deviation = part.noisy?.noise.relative ? deviationOf(backend, x) : undefined;
  return { x, levels, deviation };
}

/** `sum_k weights[k] term_k` over the terms of a part. */
export function mixture(
  backend: WebGPUBackend,
  part: EdgePart,
  computed: Computed,
  weights: tf.TensorInfo,
): tf.TensorInfo {
  const operands = operandsOf(part);
  const { key, inputs, uniforms, code } = reading(part, computed, operands);
  return run(backend, {
    key: `edge_mixture_${key}`,
    inputs: { weights, ...inputs },
    shape: part.output,
    uniforms: { channels: part.output[3], plane: sizeOf(part.output), ...uniforms },
    code: `${code}
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let at = index;
    let c = index % uniforms.channels;
    result[index] = ${operands.map(({ term, value }) => `weights[${term}] * ${value}`).join('\n      + ')};
  }`,
  });
}
