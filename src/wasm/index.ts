export type { WasmBuild } from './build';
export { disableWasmTraining, enableWasmTraining, type WasmTrainingOptions, wasmBuild } from './enable';
