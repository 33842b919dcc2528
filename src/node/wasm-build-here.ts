import { edgeKernel } from '../kernels/edge';
import type { WasmBuild } from '../wasm';

/** The build of the fast kernels that this thread runs, if it runs them; asked without loading them. */
export const wasmBuildHere = (): WasmBuild | undefined => edgeKernel('wasm')?.build as WasmBuild | undefined;
