import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import type { EdgeGradients } from '../../kernels/edge';
import { sizeOf } from '../../kernels/geometry';
import { noiseCode } from '../draw';
import { AVERAGE_COVER, FIRST_OF_EQUALS } from '../kernels/pool';
import { termGrad } from '../kernels/weighted-sum';
import { release, run } from '../shader';
import { sums } from '../sums';
import { coordinates, eachWindow } from '../window';
import {
  depthwise,
  depthwiseFilterGrads,
  inputGrad,
  mapsShape,
  normalizedGrad,
  pointwiseFilterGrads,
  pointwiseInputGrad,
  poolUniforms,
} from './blocks';
import { sourceOf } from './forward';
import type { EdgePart, Level } from './layout';
import { type Computed, normalized, type Operand, operandsOf, reading } from './operands';

/** `sum dy`, then `sum dy term` of each operand, over the pixels, by channel: [1 + operands, C]. */
function products(
  backend: WebGPUBackend,
  part: EdgePart,
  computed: Computed,
  operands: readonly Operand[],
  dy: tf.TensorInfo,
): tf.TensorInfo {
  const { key, inputs, uniforms, code } = reading(part, computed, operands);
  const channels = part.output[3];
  return sums(backend, {
    key: `edge_products_${key}`,
    inputs: { dy, ...inputs },
    shape: [1 + operands.length, channels],
    rows: sizeOf(part.output) / channels,
    channels,
    planes: 1 + operands.length,
    uniforms: { plane: sizeOf(part.output), ...uniforms },
    code: `${code}
  fn term(plane : i32, row : i32, c : i32) -> f32 {
    let at = row * uniforms.channels + c;
    switch (plane) {
      ${operands.map(({ value }, k) => `case ${k + 1}: { return dy[at] * ${value}; }`).join('\n      ')}
      default: { return dy[at]; }
    }
  }`,
  });
}

/** Gradients of the weights of all terms of the edge, zero for those of other parts. */
const weightsGrad = (
  backend: WebGPUBackend,
  operands: readonly Operand[],
  sumsOf: tf.TensorInfo,
  terms: number,
): tf.TensorInfo =>
  run(backend, {
    key: `edge_weights_grad_${operands.map(({ term }) => term).join('_')}`,
    inputs: { sumsOf },
    shape: [terms],
    uniforms: { channels: sumsOf.shape[1]! },
    code: `fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    var row = 0;
    switch (index) {
      ${operands.map(({ term }, k) => `case ${term}: { row = ${k + 1}; }`).join('\n      ')}
      default: { }
    }
    var sum = 0.0;
    if (row > 0) {
      for (var c = 0; c < uniforms.channels; c = c + 1) { sum = sum + sumsOf[row * uniforms.channels + c]; }
    }
    result[index] = sum;
  }`,
  });

/** What comes back to the normalised maps that the next level reads: their gradients, and the sums that a norm needs. */
interface Inner {
  readonly grads: tf.TensorInfo;
  /** For each of them `sum g`, `sum g y`, by channel. */
  readonly sums: tf.TensorInfo;
}

function innerSums(
  backend: WebGPUBackend,
  depth: number,
  level: Level,
  { levels }: Computed,
  grads: tf.TensorInfo,
): tf.TensorInfo {
  const { inner, output } = level;
  const read = normalized(depth, level, levels[depth]!);
  const channels = output[3];
  return sums(backend, {
    key: `edge_inner_sums_${read.key}_${inner.join('_')}`,
    inputs: { grads, ...read.inputs },
    shape: [2 * inner.length, channels],
    rows: sizeOf(output) / channels,
    channels,
    planes: 2 * inner.length,
    uniforms: { plane: sizeOf(output), ...read.uniforms },
    code: `${read.code}
  fn term(plane : i32, row : i32, c : i32) -> f32 {
    let at = row * uniforms.channels + c;
    let g = grads[plane / 2 * uniforms.plane + at];
    switch (plane) {
      ${inner.map((map, k) => `case ${2 * k + 1}: { return g * normalized${depth}(${map}, at, c); }`).join('\n      ')}
      default: { return g; }
    }
  }`,
  });
}

/** Gradients of the maps of a level before their norms: of those that end a term, and of those that the next level reads. */
function mapGrads(
  backend: WebGPUBackend,
  depth: number,
  level: Level,
  computed: Computed,
  final: { operands: readonly Operand[]; dy: tf.TensorInfo; sums: tf.TensorInfo; weights: tf.TensorInfo },
  inner: Inner | undefined,
): tf.TensorInfo {
  const { output, finals } = level;
  const read = normalized(depth, level, computed.levels[depth]!);
  const cases = [
    ...finals.map(({ plane, term }) => {
      const row = 1 + final.operands.findIndex((operand) => operand.term === term);
      return `case ${plane}: {
        let weight = weights[${term}];
        g = weight * dy[at]; sum = weight * sums[c]; product = weight * sums[${row} * uniforms.channels + c];
      }`;
    }),
    ...level.inner.map(
      (plane, k) => `case ${plane}: {
        g = inner[${k} * uniforms.plane + at]; sum = innerSums[${2 * k} * uniforms.channels + c];
        product = innerSums[${2 * k + 1} * uniforms.channels + c];
      }`,
    ),
  ];
  return run(backend, {
    key: `edge_map_grads_${depth}_${finals.map(({ plane, term }) => `${plane}t${term}`).join('_')}_${level.inner.join('_')}_${final.operands
      .map(({ term }) => term)
      .join('_')}`,
    inputs: {
      ...read.inputs,
      ...(finals.length > 0 ? { dy: final.dy, sums: final.sums, weights: final.weights } : {}),
      ...(inner ? { inner: inner.grads, innerSums: inner.sums } : {}),
    },
    shape: mapsShape(level),
    uniforms: {
      channels: output[3],
      plane: sizeOf(output),
      rows: sizeOf(output) / output[3],
      ...read.uniforms,
    },
    code: `${read.code}
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let plane = index / uniforms.plane;
    let at = index % uniforms.plane;
    let c = index % uniforms.channels;
    var g = 0.0;
    var sum = 0.0;
    var product = 0.0;
    switch (plane) {
      ${cases.join('\n      ')}
      default: { }
    }
    let gain = s${depth}[2 * uniforms.columns${depth} + plane * uniforms.channels + c];
    let y = normalized${depth}(plane, at, c);
    result[index] = gain * (g - (sum + y * product) / f32(uniforms.rows));
  }`,
  });
}

/** The gradient of the input through pools and identities, with what came through the blocks. */
function restOfInputGrad(
  backend: WebGPUBackend,
  part: EdgePart,
  { x, levels, deviation }: Computed,
  {
    dy,
    weights,
    dMaps,
    blocks,
  }: Record<'dy' | 'weights', tf.TensorInfo> & Record<'dMaps' | 'blocks', tf.TensorInfo | undefined>,
): tf.TensorInfo {
  const pools = part.levels[0]?.pools ?? [];
  const multiplied = part.noisy?.noise.multiplicative ? noiseCode(part.noisy.noise) : undefined;
  const passed = [...part.identities, ...(part.noisy && !multiplied ? [part.noisy.term] : [])];
  const poolGrads = pools.map((pool, p) => {
    const gradient = `dMaps[${p} * uniforms.outPlane + at]`;
    const map = `m0[${p} * uniforms.outPlane + at]`;
    return eachWindow(
      pool === 'max'
        ? `if (x[index] == ${map} && isFirst(n, i - u, j - v, c, u, v, ${map})) { sum = sum + ${gradient}; }`
        : `sum = sum + ${gradient} / coverOf(i - u, j - v);`,
    );
  });
  const level = part.levels[0];
  const most = pools.includes('max');
  const mixed = passed.length > 0 || multiplied !== undefined;
  return run(backend, {
    key: `edge_input_grad_rest_${pools.join('_')}_${passed.join('_')}_${multiplied ? `${part.noisy!.term}${multiplied.key}` : ''}_${blocks !== undefined}`,
    inputs: {
      ...(blocks ? { blocks } : {}),
      ...(pools.length > 0 ? { dMaps: dMaps! } : {}),
      ...(most ? { x, m0: levels[0]!.maps } : {}),
      ...(mixed ? { dy, weights } : {}),
      ...(multiplied && deviation ? { deviation } : {}),
    },
    shape: part.input,
    uniforms: {
      ...poolUniforms(part.input, level?.output ?? part.input, level?.stride ?? 1),
      outPlane: level ? sizeOf(level.output) : 0,
      ...multiplied?.uniforms,
    },
    code: `${most ? FIRST_OF_EQUALS : ''}${pools.includes('avg') ? AVERAGE_COVER : ''}${multiplied?.code ?? ''}
  fn main(index : i32) {${coordinates('height', 'width')}
    var sum = ${blocks ? 'blocks[index]' : '0.0'};
    ${passed.map((term) => `sum = sum + weights[${term}] * dy[index];`).join('\n    ')}
    ${multiplied ? `sum = sum + weights[${part.noisy!.term}] * dy[index] * factor(index);` : ''}
    ${poolGrads.join('\n    ')}
    result[index] = sum;
  }`,
  });
}

/** Gradients of a part from that of its output. */
export function partBackward(
  backend: WebGPUBackend,
  part: EdgePart,
  computed: Computed,
  weights: tf.TensorInfo,
  dy: tf.TensorInfo,
): EdgeGradients {
  const { levels } = part;
  const { weightGradients = true, alphaGradients = true, terms } = part.call;
  const operands = operandsOf(part).filter(({ normed }) => normed || alphaGradients);
  const own: tf.TensorInfo[] = [];
  const keep = (info: tf.TensorInfo): tf.TensorInfo => {
    own.push(info);
    return info;
  };
  const measured = operands.length > 0 ? keep(products(backend, part, computed, operands, dy)) : undefined;
  // Where nothing is measured no map ends a term and no alpha is asked for.
  const final = { operands, dy, sums: measured!, weights };
  const variables: tf.TensorInfo[] = [];
  let inner: Inner | undefined;
  let dMaps: tf.TensorInfo | undefined;
  let blocks: tf.TensorInfo | undefined;
  for (let depth = levels.length - 1; depth >= 0; depth--) {
    const level = levels[depth]!;
    dMaps = keep(mapGrads(backend, depth, level, computed, final, inner));
    if (level.blocks.length === 0) continue;
    const source = sourceOf(part, computed, depth);
    const dDeep = keep(pointwiseInputGrad(backend, level, dMaps));
    if (weightGradients) {
      const deep = keep(depthwise(backend, level, source)!);
      const pointwise = pointwiseFilterGrads(backend, level, deep, dMaps);
      const deepFilters = depthwiseFilterGrads(backend, level, source, dDeep);
      for (const [b, block] of level.blocks.entries()) {
        variables[block.variables] = deepFilters[b]!;
        variables[block.variables + 1] = pointwise[b]!;
      }
    }
    if ('x' in source) blocks = keep(inputGrad(backend, level, computed.x, dDeep));
    else {
      const grads = keep(normalizedGrad(backend, level, source, dDeep));
      inner = { grads, sums: keep(innerSums(backend, depth - 1, levels[depth - 1]!, computed, grads)) };
    }
  }
  const rest = (levels[0]?.pools.length ?? 0) > 0 || part.identities.length > 0 || part.noisy !== undefined;
  const x = rest ? restOfInputGrad(backend, part, computed, { dy, weights, dMaps, blocks }) : blocks;
  const gradients: EdgeGradients = {
    x,
    weights: alphaGradients ? weightsGrad(backend, operands, measured!, terms.length) : undefined,
    given: part.given.map((term) => termGrad(backend, dy, weights, term)),
    variables,
  };
  release(backend, ...own.filter((info) => info !== x));
  return gradients;
}
