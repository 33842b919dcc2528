import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type * as tf from '@tensorflow/tfjs-core';
import type { FastKernels } from '../kernels/fast-kernel';
import { sizeOf } from '../kernels/geometry';
import type { KernelType } from '../kernels/kernel';

/** A number that a shader is given at each launch. */
export interface Uniform {
  readonly type: 'int32' | 'uint32' | 'float32';
  readonly value: number;
}

/** A compute shader. */
export interface Shader {
  /** Names the pipeline, which is compiled once: everything that changes the code must be in it. */
  readonly key: string;
  /** Input tensors by the name of their array in the code; every one must be used there. */
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  /** Shape of the output, the array `result` in the code. */
  readonly shape: readonly number[];
  /** Shapes of further outputs by the name of their array in the code, float32 too. Default none. */
  readonly more?: Readonly<Record<string, readonly number[]>>;
  /** Tensors that outputs, by their names, are written into; they may be read too. Default: every output is new. */
  readonly into?: Readonly<Record<string, tf.TensorInfo>>;
  /** In the code `uniforms.NAME`. Plain numbers are integers. */
  readonly uniforms?: Readonly<Record<string, number | Uniform>>;
  /** Threads of a workgroup. Default 64. */
  readonly threads?: number;
  /** Number of workgroups. Default: one thread for each element of the output. */
  readonly workgroups?: number;
  /** Functions, and `fn main(index : i32)`, index being that of the thread; `uniforms.size` is that of the output. */
  readonly code: string;
}

/** Shaders of kernels. */
export type WebGPUKernels<K extends KernelType> = FastKernels<WebGPUBackend, K>;

/** A float32 setting. */
export const float = (value: number): Uniform => ({ type: 'float32', value });

/** An unsigned setting. */
export const unsigned = (value: number): Uniform => ({ type: 'uint32', value });

/** The name in the code of an output of several, by its place. */
export const outputName = (place: number): string => (place === 0 ? 'result' : `result${place}`);

const WGSL = { int32: 'i32', uint32: 'u32', float32: 'f32' } as const;

// tfjs writes functions that read inputs by coordinates of the output; between lists they are always valid.
const flat = (info: tf.TensorInfo): tf.TensorInfo => ({ ...info, shape: [sizeOf(info.shape)] });

/** Launches a shader of one output. The caller owns it. */
export const run = (backend: WebGPUBackend, shader: Omit<Shader, 'more'>): tf.TensorInfo =>
  runAll(backend, shader)[0];

/** Launches a shader. The caller owns the outputs: `result`, then those of `more` in their order. */
export function runAll(
  backend: WebGPUBackend,
  shader: Shader,
): [result: tf.TensorInfo, ...more: tf.TensorInfo[]] {
  const { key, inputs, shape, more = {}, into = {}, uniforms = {}, threads = 64, code } = shader;
  const size = sizeOf(shape);
  const settings = Object.entries(uniforms).map(
    ([name, uniform]) =>
      [name, typeof uniform === 'number' ? { type: 'int32', value: uniform } : uniform] as [string, Uniform],
  );
  const outputs = Object.entries(more).map(
    ([name, side]) => into[name] ?? backend.makeTensorInfo([...side], 'float32'),
  );
  // tfjs knows one output and binds the others as inputs. The code declares them once more, to be written; what tfjs
  // declared there is used by nobody and so no part of the pipeline.
  const firstBinding = 1 + Object.keys(inputs).length;
  const declarations = Object.keys(more).map(
    (name, k) => `@group(0) @binding(${firstBinding + k}) var<storage, read_write> ${name} : array<f32>;`,
  );
  const program: WebGPUProgram = {
    shaderKey: `noisydarts_${key}`,
    variableNames: [...Object.keys(inputs), ...Object.keys(more).map((name) => `${name}Bound`)],
    outputShape: [size],
    dispatchLayout: { x: [0] },
    dispatch: [shader.workgroups ?? Math.ceil(size / threads), 1, 1],
    workgroupSize: [threads, 1, 1],
    size: true,
    uniforms: settings.map(([name, { type }]) => `${name} : ${WGSL[type]}, `).join(''),
    getUserCode: () => [...declarations, code].join('\n  '),
  };
  const output = backend.runWebGPUProgram(
    program,
    [...Object.values(inputs), ...outputs].map(flat),
    'float32',
    settings.map(([, { type, value }]) => ({ type, data: [value] })),
    into.result && flat(into.result),
  );
  return [{ ...output, shape: [...shape] }, ...outputs];
}

/**
 * A tensor with the numbers of `info`, to be written into: its own buffer where nobody else holds on to it, and a copy
 * elsewhere. Either way `info` must not be read again but be disposed.
 */
function takeOver(backend: WebGPUBackend, info: tf.TensorInfo): tf.TensorInfo {
  backend.uploadToGPU(info.dataId);
  const held = backend.tensorMap.get(info.dataId);
  if (held.refCount > 1 || held.external) {
    return run(backend, {
      key: 'copy',
      inputs: { x: info },
      shape: info.shape,
      code: 'fn main(index : i32) { if (index < uniforms.size) { result[index] = x[index]; } }',
    });
  }
  const out = backend.makeTensorInfo(info.shape, 'float32');
  // A new name for the buffer: under the old one tfjs may have numbers on the host, or be about to put them there.
  backend.tensorMap.get(out.dataId).resource = held.resource!;
  delete held.resource;
  return out;
}

/**
 * Launches a shader that rewrites tensors, which are the arrays {@link outputName} of the code and hold their numbers at its
 * start. What comes back takes their places: the tensors given must not be read again but be disposed.
 */
export function rewrite(
  backend: WebGPUBackend,
  tensors: readonly tf.TensorInfo[],
  shader: Omit<Shader, 'shape' | 'more' | 'into'>,
): tf.TensorInfo[] {
  const next = tensors.map((info) => takeOver(backend, info));
  const named = next.map((info, k) => [outputName(k), info] as const);
  runAll(backend, {
    ...shader,
    shape: next[0]!.shape,
    more: Object.fromEntries(named.slice(1).map(([name, { shape }]) => [name, shape])),
    into: Object.fromEntries(named),
  });
  return next;
}

/** How many tensors a shader of this device may name, outputs among them. */
export const mostTensors = (backend: WebGPUBackend): number =>
  backend.device.limits.maxStorageBuffersPerShaderStage;

/** Lets go of an intermediate result. */
export function release(backend: WebGPUBackend, ...infos: tf.TensorInfo[]): void {
  for (const { dataId } of infos) backend.disposeData(dataId);
}
