import type * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../kernels/geometry';
import { hasRelaxedSimd, instantiate, isFaster, MEASURED_BYTES, type WasmBuild } from './build';
import { type WasmExports, type WasmFunctions, withNames } from './generated/module';

interface TensorData {
  readonly id: number;
  readonly memoryOffset: number;
  readonly refCount: number;
}

/** What the module needs of tfjs's wasm backend; none of it is in the types of the package. */
interface HeapBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    readonly asm?: Record<string, unknown>;
    readonly tfjs: {
      registerTensor(id: number, size: number, memoryOffset: number): void;
      disposeData(id: number): void;
    };
  };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  getMemoryOffset(dataId: tf.DataId): number;
  disposeData(dataId: tf.DataId, force?: boolean): boolean;
  incRef(dataId: tf.DataId): void;
  readonly dataIdMap: { get(dataId: tf.DataId): TensorData };
}

const DESK_BYTES = 16384;
/** Holds what a search step lends at once, whole maps excepted. */
const ARENA_BYTES = 2 ** 20;
const LINE = 64;

/** The training module on one backend's memory: its functions, and that memory as tensors and scratch. */
export class WasmInstance {
  readonly functions: WasmFunctions;
  /** The functions as the module has them. */
  readonly exports: WasmExports;
  /**
   * Address of {@link WasmInstance.DESK} bytes for the descriptors and tables of one call at a time; they live as
   * long as the backend.
   */
  readonly desk: number;
  static readonly DESK = DESK_BYTES;
  readonly #backend: HeapBackend;
  readonly #own: readonly tf.TensorInfo[];
  /** Address of {@link ARENA_BYTES} bytes that {@link scratch} lends, a stack. */
  readonly #arena: number;
  #lent = 0;

  constructor(
    backend: HeapBackend,
    exports: WasmExports,
    readonly build: WasmBuild,
  ) {
    this.#backend = backend;
    this.exports = exports;
    this.functions = withNames(exports, (bytes, run) => this.scratch(bytes, run));
    const [desk, arena] = [this.output([DESK_BYTES / 4]), this.output([(ARENA_BYTES + LINE) / 4])];
    this.#own = [desk, arena];
    this.desk = this.address(desk);
    this.#arena = Math.ceil(this.address(arena) / LINE) * LINE;
  }

  /** Address of a tensor's data. It does not move while the tensor lives. */
  address(tensor: tf.TensorInfo): number {
    return this.#backend.getMemoryOffset(tensor.dataId);
  }

  /**
   * A new tensor of unspecified content, for a kernel to return.
   *
   * @throws Error if the heap is full, which the backend itself does not notice.
   */
  output(shape: readonly number[], dtype: tf.DataType = 'float32'): tf.TensorInfo {
    const tensor = this.#backend.makeOutput([...shape], dtype);
    if (this.address(tensor) === 0) {
      throw new Error(
        `noisydarts/wasm: the 4 GB heap of the wasm backend is full, got a tensor of shape [${shape}]; use a smaller batch`,
      );
    }
    return tensor;
  }

  /** A new float32 tensor of zeros. */
  zeros(shape: readonly number[]): tf.TensorInfo {
    const tensor = this.output(shape);
    this.floats(this.address(tensor), sizeOf(shape)).fill(0);
    return tensor;
  }

  /** Whether other tensors share a tensor's data, so that it must not be written to. */
  isShared(tensor: tf.TensorInfo): boolean {
    return this.#backend.dataIdMap.get(tensor.dataId).refCount > 1;
  }

  /** A tensor once more, for a kernel to return what it has changed in place. */
  again({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
    const { id, memoryOffset } = this.#backend.dataIdMap.get(dataId);
    // tfjs keeps convolutions and products with the filter packed, as long as the filter is known by its number.
    this.#backend.wasm.tfjs.disposeData(id);
    this.#backend.wasm.tfjs.registerTensor(id, sizeOf(shape), memoryOffset);
    this.#backend.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** Frees what it holds itself; it is of no use any more. */
  end(): void {
    for (const tensor of this.#own) this.dispose(tensor);
  }

  /** Frees a tensor that no kernel has returned. */
  dispose(tensor: tf.TensorInfo): void {
    this.#backend.disposeData(tensor.dataId, true);
  }

  /** Lends `bytes` of memory to `run`, until it returns. */
  scratch<T>(bytes: number, run: (address: number) => T): T {
    const from = this.#lent;
    const to = from + Math.ceil(bytes / LINE) * LINE;
    if (to <= ARENA_BYTES) {
      this.#lent = to;
      try {
        return run(this.#arena + from);
      } finally {
        this.#lent = from;
      }
    }
    const tensor = this.output([Math.ceil(bytes / 4)]);
    try {
      return run(this.address(tensor));
    } finally {
      this.dispose(tensor);
    }
  }

  /** A view of memory, valid until the next allocation: the heap may grow, and then every old view is dead. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#backend.wasm.HEAPU8.buffer, address >>> 0, length);
  }

  /** Like {@link floats}, for addresses and counts. */
  words(address: number, length: number): Uint32Array {
    return new Uint32Array(this.#backend.wasm.HEAPU8.buffer, address >>> 0, length);
  }
}

const instances = new WeakMap<object, WasmInstance>();

/** Why the module cannot run on this backend. */
export class Unsupported extends Error {}

/** The linear memory of a backend. */
function memoryOf(backend: HeapBackend): WebAssembly.Memory {
  for (const member of ['makeOutput', 'getMemoryOffset', 'disposeData'] as const) {
    if (typeof backend[member] !== 'function') {
      throw new Unsupported(`this version of @tensorflow/tfjs-backend-wasm has no backend.${member}()`);
    }
  }
  const memory = Object.values(backend.wasm?.asm ?? {}).find((value) => value instanceof WebAssembly.Memory);
  if (!memory)
    throw new Unsupported('this version of @tensorflow/tfjs-backend-wasm does not expose its memory');
  if (!(memory.buffer instanceof ArrayBuffer)) {
    throw new Unsupported('the backend runs its multi-threaded build, whose memory is shared');
  }
  return memory;
}

/** The build that is clearly the fastest of those this machine runs, by measuring for some milliseconds. */
async function fastest(backend: HeapBackend, memory: WebAssembly.Memory): Promise<WasmBuild> {
  if (!hasRelaxedSimd()) return 'simd';
  const [simd, relaxed] = await Promise.all([
    instantiate('simd', memory),
    instantiate('relaxed-simd', memory),
  ]);
  const scratch = backend.makeOutput([MEASURED_BYTES / 4], 'float32');
  const address = backend.getMemoryOffset(scratch.dataId);
  backend.wasm.HEAPU8.fill(0, address, address + MEASURED_BYTES);
  const faster = isFaster(relaxed, simd, address);
  backend.disposeData(scratch.dataId, true);
  return faster ? 'relaxed-simd' : 'simd';
}

/**
 * The module on the memory of `backend`, one instance a backend.
 *
 * @param build - Default the one that is there; or else the fastest.
 * @throws Unsupported if this machine or this backend cannot run it.
 */
export async function instanceOn(backend: object, build?: WasmBuild): Promise<WasmInstance> {
  const existing = instances.get(backend);
  if (existing && (!build || build === existing.build)) return existing;
  const heap = backend as HeapBackend;
  const memory = memoryOf(heap);
  if (build === 'relaxed-simd' && !hasRelaxedSimd())
    throw new Unsupported('this machine runs no WebAssembly relaxed SIMD');
  if (typeof DecompressionStream === 'undefined') throw new Unsupported('this machine inflates no streams');
  try {
    const chosen = build ?? (await fastest(heap, memory));
    const instance = new WasmInstance(heap, await instantiate(chosen, memory), chosen);
    existing?.end();
    instances.set(backend, instance);
    return instance;
  } catch (error) {
    if (error instanceof WebAssembly.CompileError)
      throw new Unsupported('this machine runs no WebAssembly SIMD');
    throw error;
  }
}

/** The instance that {@link instanceOn} made for `backend`. */
export function instanceOf(backend: object): WasmInstance {
  const instance = instances.get(backend);
  if (!instance) {
    throw new Error(
      "noisydarts/wasm: the wasm backend was replaced, got a new one; await enableWasmTraining() after tf.setBackend('wasm')",
    );
  }
  return instance;
}
