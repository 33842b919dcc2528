export { pytorchNames } from './names';
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsContent,
} from './safetensors';
export {
  type LoadStateDictOptions,
  type LoadStateDictResult,
  loadStateDict,
  stateDict,
} from './state-dict';
