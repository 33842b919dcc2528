export { disableWasmTraining, enableWasmTraining } from './enable';
