import { MODULE, type WasmExports } from './generated/module';

/**
 * A build of the module: `simd`, which rounds after every multiplication and every addition, or `relaxed-simd`, which multiplies
 * and adds in one instruction where the machine has one. Their results differ in the last bits.
 */
export type WasmBuild = 'simd' | 'relaxed-simd';

/** A function without arguments that computes `f32x4.relaxed_madd`. */
const PROBE = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0],
  ...[65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 11],
];

/** Whether this engine runs relaxed SIMD: Node from 22 on, and browsers of its age. */
export const hasRelaxedSimd = (): boolean => WebAssembly.validate(Uint8Array.from(PROBE));

const compiled = new Map<WasmBuild, Promise<WebAssembly.Module>>();

async function compile(build: WasmBuild): Promise<WebAssembly.Module> {
  // Loaded only where it can run.
  const text = atob(build === 'simd' ? MODULE : (await import('./generated/relaxed')).MODULE);
  const deflated = new Blob([Uint8Array.from(text, (letter) => letter.charCodeAt(0))]);
  const bytes = deflated.stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return WebAssembly.compile(await new Response(bytes).arrayBuffer());
}

/** A build on a memory; it is compiled once. */
export async function instantiate(build: WasmBuild, memory: WebAssembly.Memory): Promise<WasmExports> {
  const module = compiled.get(build) ?? compile(build);
  compiled.set(build, module);
  const { exports } = await WebAssembly.instantiate(await module, { env: { memory } });
  return exports as unknown as WasmExports;
}

/** Side of the matrices that builds are measured with: all three share the first cache. */
const SIDE = 48;
const PRODUCTS = 50;
const ROUNDS = 8;
/** The share of the other's time below which the build with relaxed SIMD is worth other last bits. */
const WORTH = 0.9;

/** Bytes that {@link isFaster} works on. */
export const MEASURED_BYTES = 3 * 4 * SIDE * SIDE;

/** Whether the first of two builds is clearly the faster one, by matrix products for a few milliseconds; zeros lie at `scratch`. */
export function isFaster(one: WasmExports, other: WasmExports, scratch: number): boolean {
  const row = 4 * SIDE;
  const [b, c] = [scratch + row * SIDE, scratch + 2 * row * SIDE];
  const best = new Map([one, other].map((build) => [build, Number.POSITIVE_INFINITY]));
  // In turn, so that whatever else the machine does falls on both; the first rounds also make the engine compile them well.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [build, before] of best) {
      const start = performance.now();
      for (let i = 0; i < PRODUCTS; i++)
        build.gemm(SIDE, SIDE, SIDE, scratch, row, b, row, c, row, 16, false);
      best.set(build, Math.min(before, performance.now() - start));
    }
  }
  return best.get(one)! < WORTH * best.get(other)!;
}
