import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import { type Shape4, sizeOf, windowAttributes } from '../../kernels/geometry';
import { LOWEST } from '../kernels/pool';
import { run, runAll } from '../shader';
import { sumsInto } from '../sums';
import { eachTap, eachWindow, sides, TAP_OF, unravel, windowCode, windowUniforms } from '../window';
import type { Level, PlacedBlock } from './layout';
import { type LevelMaps, normalized, type Snippet } from './operands';

/** What the blocks of a level read: the edge's input, or the normalised maps of the level before. */
export type Source =
  | { readonly x: tf.TensorInfo }
  | { readonly depth: number; readonly level: Level; readonly maps: LevelMaps };

/** WGSL: `source(plane, at, c)`, what is rectified and convolved, and for each block the plane that it reads. */
function sourceCode(source: Source): Snippet {
  if ('x' in source) {
    return {
      key: 'x',
      inputs: { x: source.x },
      uniforms: {},
      code: `
  fn source(plane : i32, at : i32, c : i32) -> f32 { return x[at]; }`,
    };
  }
  const { depth, level, maps } = source;
  const read = normalized(depth, level, maps);
  return {
    ...read,
    code: `${read.code}
  fn source(plane : i32, at : i32, c : i32) -> f32 { return normalized${depth}(plane, at, c); }`,
  };
}

const depthwiseFilters = (blocks: readonly PlacedBlock[]) =>
  Object.fromEntries(blocks.map(({ block }, b) => [`f${b}`, block.depthwise as tf.TensorInfo]));

const pointwiseFilters = (blocks: readonly PlacedBlock[]) =>
  Object.fromEntries(blocks.map(({ block }, b) => [`f${b}`, block.filter as tf.TensorInfo]));

/** Names what the code of a level's windows depends on. */
const windowKey = (blocks: readonly PlacedBlock[]) =>
  blocks
    .map(
      ({ window: { kernelHeight, kernelWidth, dilation }, source = 0 }) =>
        `${kernelHeight}x${kernelWidth}d${dilation}s${source}`,
    )
    .join('_');

const POOL = windowCode([3, 3], 1);

/** Sides of maps before and after an operation of a level, and the pools' window. */
export const poolUniforms = (
  input: Shape4,
  [, outHeight, outWidth]: Shape4,
  stride: number,
): Record<string, number> =>
  windowUniforms(input, [3, 3], [outHeight, outWidth], windowAttributes('fusedEdge', [3, 3], { stride }));

/** {@link poolUniforms} of a level, and the sizes of its maps: `plane` of what is read, `outPlane` of what is made. */
const uniformsOf = ({ input, output, stride }: Level): Record<string, number> => ({
  ...poolUniforms(input, output, stride),
  plane: sizeOf(input),
  outPlane: depthwiseSize({ input, output }),
});

/** Size of a depthwise map, which has the channels of what is read. */
const depthwiseSize = ({ input, output }: Pick<Level, 'input' | 'output'>) =>
  sizeOf(output.slice(0, 3)) * input[3];

const depthwiseShape = ({ input, output, blocks }: Level): number[] => [
  blocks.length,
  ...output.slice(0, 3),
  input[3],
];

/** Shape of the maps of a level. */
export const mapsShape = ({ output, norms }: Level): number[] => [norms.length, ...output];

const switchOn = (name: string, cases: readonly string[]) => `
    switch (${name}) {
      ${cases.map((body, k) => `case ${k}: {${body} }`).join('\n      ')}
      default: { }
    }`;

/** WGSL: pooling of x at the output pixel (i, j). */
const pooling = {
  max: `var y = ${LOWEST}; ${eachTap('y = max(y, x[at]);', POOL)}`,
  avg: `var y = 0.0; var count = 0.0; ${eachTap('y = y + x[at]; count = count + 1.0;', POOL)} y = y / count;`,
};

/** Depthwise maps of the rectified source, [blocks, N, H', W', C], and, where `maps` is given, the pools into its planes. */
export function depthwise(
  backend: WebGPUBackend,
  level: Level,
  source: Source,
  maps?: tf.TensorInfo,
): tf.TensorInfo | undefined {
  const pools = maps ? level.pools : [];
  const { blocks } = level;
  const read: Snippet =
    blocks.length > 0
      ? sourceCode(source)
      : { key: 'x', inputs: { x: (source as { x: tf.TensorInfo }).x }, uniforms: {}, code: '' };
  const [own, pooled] = blocks.length > 0 ? ['result', 'pooled'] : ['', 'result'];
  const planes = pools.length + blocks.length;
  const [output] = runAll(backend, {
    key: `edge_depthwise_${read.key}_${pools.join('_')}_${windowKey(blocks)}`,
    inputs: { ...read.inputs, ...depthwiseFilters(blocks) },
    shape: blocks.length > 0 ? depthwiseShape(level) : maps!.shape,
    ...(pools.length > 0 && blocks.length > 0 ? { more: { pooled: maps!.shape } } : {}),
    ...(pools.length > 0 ? { into: { [pooled!]: maps! } } : {}),
    uniforms: { ...uniformsOf(level), ...read.uniforms },
    workgroups: Math.ceil((planes * depthwiseSize(level)) / 64),
    code: `${read.code}
  fn main(index : i32) {
    let plane = index / uniforms.outPlane;
    let place = index % uniforms.outPlane;${unravel('place', 'outHeight', 'outWidth')}${switchOn('plane', [
      ...pools.map((pool, p) => `${pooling[pool]} ${pooled}[${p} * uniforms.outPlane + place] = y;`),
      ...blocks.map(
        (block, b) =>
          `var sum = 0.0; ${eachTap(
            `sum = sum + max(source(${block.source ?? 0}, at, c), 0.0) * f${b}[(u * ${block.window.kernelWidth} + v) * uniforms.channels + c];`,
            block.window,
          )} ${own}[${b} * uniforms.outPlane + place] = sum;`,
      ),
    ])}
  }`,
  });
  return blocks.length > 0 ? output : undefined;
}

/** Pixels that share a read of a filter in one thread. */
const PIXELS = 4;

const eachPixel = (line: (k: number) => string) =>
  Array.from({ length: PIXELS }, (_, k) => line(k)).join(' ');

/** Widths and number of pixels for pointwise convolutions. */
const widths = ({ input, output, pools }: Level) => ({
  inputs: input[3],
  outputs: output[3],
  pixels: sizeOf(output.slice(0, 3)),
  pools: pools.length,
});

/** Pointwise convolutions of depthwise maps, into the planes of `maps` behind the pools. */
export function pointwise(
  backend: WebGPUBackend,
  level: Level,
  deep: tf.TensorInfo,
  maps: tf.TensorInfo,
): void {
  const { blocks } = level;
  const uniforms = widths(level);
  const groups = Math.ceil(uniforms.pixels / PIXELS);
  run(backend, {
    key: `edge_pointwise_${blocks.length}`,
    inputs: { deep, ...pointwiseFilters(blocks) },
    shape: maps.shape,
    into: { result: maps },
    uniforms: { ...uniforms, groups },
    workgroups: Math.ceil((blocks.length * groups * uniforms.outputs) / 64),
    // A pixel that is not there reads the last one and is left out at the end.
    code: `
  fn main(index : i32) {
    let o = index % uniforms.outputs;
    let first = index / uniforms.outputs % uniforms.groups * ${PIXELS};
    let b = index / uniforms.outputs / uniforms.groups;
    if (b >= ${blocks.length}) { return; }
    ${eachPixel(
      (k) =>
        `let at${k} = (b * uniforms.pixels + min(first + ${k}, uniforms.pixels - 1)) * uniforms.inputs; var sum${k} = 0.0;`,
    )}${switchOn(
      'b',
      blocks.map(
        (_, b) => `
        for (var c = 0; c < uniforms.inputs; c = c + 1) {
          let tap = f${b}[c * uniforms.outputs + o];
          ${eachPixel((k) => `sum${k} = sum${k} + deep[at${k} + c] * tap;`)}
        }`,
      ),
    )}
    let start = (uniforms.pools + b) * uniforms.pixels + first;
    ${eachPixel(
      (k) =>
        `if (first + ${k} < uniforms.pixels) { result[(start + ${k}) * uniforms.outputs + o] = sum${k}; }`,
    )}
  }`,
  });
}

/** Gradients of depthwise maps from those of the maps before their norms. */
export function pointwiseInputGrad(
  backend: WebGPUBackend,
  level: Level,
  dMaps: tf.TensorInfo,
): tf.TensorInfo {
  const { blocks } = level;
  return run(backend, {
    key: `edge_pointwise_input_grad_${blocks.length}`,
    inputs: { dMaps, ...pointwiseFilters(blocks) },
    shape: depthwiseShape(level),
    uniforms: widths(level),
    code: `
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let c = index % uniforms.inputs;
    let pixel = index / uniforms.inputs % uniforms.pixels;
    let b = index / uniforms.inputs / uniforms.pixels;
    let start = ((uniforms.pools + b) * uniforms.pixels + pixel) * uniforms.outputs;
    var sum = 0.0;${switchOn(
      'b',
      blocks.map(
        (_, b) => `
        for (var o = 0; o < uniforms.outputs; o = o + 1) {
          sum = sum + dMaps[start + o] * f${b}[c * uniforms.outputs + o];
        }`,
      ),
    )}
    result[index] = sum;
  }`,
  });
}

/** Gradients of the pointwise filters of a level. */
export const pointwiseFilterGrads = (
  backend: WebGPUBackend,
  level: Level,
  deep: tf.TensorInfo,
  dMaps: tf.TensorInfo,
): tf.TensorInfo[] => {
  const { inputs, outputs, pixels, pools } = widths(level);
  return sumsInto(backend, {
    key: 'edge_pointwise_filter_grads',
    inputs: { deep, dMaps },
    shapes: level.blocks.map(({ block }) => block.filter.shape),
    rows: pixels,
    channels: outputs,
    planes: level.blocks.length * inputs,
    uniforms: { inputs, pools },
    code: `
  fn term(plane : i32, row : i32, channel : i32) -> f32 {
    let b = plane / uniforms.inputs;
    return deep[(b * uniforms.rows + row) * uniforms.inputs + plane % uniforms.inputs]
      * dMaps[((uniforms.pools + b) * uniforms.rows + row) * uniforms.channels + channel];
  }`,
  });
};

/** Gradients of the depthwise filters of a level. */
export function depthwiseFilterGrads(
  backend: WebGPUBackend,
  level: Level,
  source: Source,
  dDeep: tf.TensorInfo,
): tf.TensorInfo[] {
  const { blocks, input } = level;
  const read = sourceCode(source);
  const { channels, ...uniforms } = uniformsOf(level);
  let firstPlane = 0;
  const cases = blocks.map(({ block, window, source: plane = 0 }, b) => {
    const { kernelWidth, dilation, padHeight, padWidth } = window;
    const before = firstPlane;
    firstPlane += sizeOf(sides(block.depthwise.shape));
    return `if (plane < ${firstPlane}) {
      let pixel = tapOf(row, plane - ${before}, ${kernelWidth}, ${dilation}, ${padHeight}, ${padWidth});
      if (pixel < 0) { return 0.0; }
      return max(source(${plane}, pixel * uniforms.channels + channel, channel), 0.0)
        * dDeep[(${b} * uniforms.rows + row) * uniforms.channels + channel];
    }`;
  });
  return sumsInto(backend, {
    key: `edge_depthwise_filter_grads_${read.key}_${windowKey(blocks)}`,
    inputs: { ...read.inputs, dDeep },
    shapes: blocks.map(({ block }) => block.depthwise.shape),
    rows: depthwiseSize(level) / input[3],
    channels: channels!,
    planes: firstPlane,
    uniforms: { ...uniforms, ...read.uniforms },
    code: `${TAP_OF}${read.code}
  fn term(plane : i32, row : i32, channel : i32) -> f32 {
    ${cases.join('\n    ')}
    return 0.0;
  }`,
  });
}

const windowSum = (block: PlacedBlock, b: number) =>
  eachWindow(
    `sum = sum + dDeep[${b} * uniforms.outPlane + at] * f${b}[(u * ${block.window.kernelWidth} + v) * uniforms.channels + c];`,
    block.window,
  );

/** The gradient of the edge's input through the blocks of the first level. */
export function inputGrad(
  backend: WebGPUBackend,
  level: Level,
  x: tf.TensorInfo,
  dDeep: tf.TensorInfo,
): tf.TensorInfo {
  const { blocks } = level;
  return run(backend, {
    key: `edge_input_grad_${windowKey(blocks)}`,
    inputs: { x, dDeep, ...depthwiseFilters(blocks) },
    shape: level.input,
    uniforms: uniformsOf(level),
    code: `
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }${unravel('index', 'height', 'width')}
    var sum = 0.0;
    if (x[index] > 0.0) {${blocks.map(windowSum).join('')}
    }
    result[index] = sum;
  }`,
  });
}

/** Gradients of the normalised maps that the blocks of a later level read, one a block: [blocks, N, H, W, C]. */
export function normalizedGrad(
  backend: WebGPUBackend,
  level: Level,
  source: Extract<Source, { depth: number }>,
  dDeep: tf.TensorInfo,
): tf.TensorInfo {
  const { blocks } = level;
  const read = sourceCode(source);
  return run(backend, {
    key: `edge_normalized_grad_${read.key}_${windowKey(blocks)}`,
    inputs: { ...read.inputs, dDeep, ...depthwiseFilters(blocks) },
    shape: [blocks.length, ...level.input],
    uniforms: { ...uniformsOf(level), ...read.uniforms },
    code: `${read.code}
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let place = index % uniforms.plane;
    let b = index / uniforms.plane;${unravel('place', 'height', 'width')}
    var sum = 0.0;${switchOn(
      'b',
      blocks.map(
        (block, b) => ` if (source(${block.source!}, place, c) > 0.0) {${windowSum(block, b)}
        }`,
      ),
    )}
    result[index] = sum;
  }`,
  });
}
