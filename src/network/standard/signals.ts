import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { knownShapes } from '../known-shapes';

// Layers on signals [N, T, C] are written as on maps of one column, [N, T, 1, C], between two stock reshapes.

/** Whether a layer was built for signals. */
export function isOnSignals(layer: layers.Layer): boolean {
  return knownShapes(layer)?.input.length === 3;
}

/** The maps that signals were made of. */
const mapsOf = new WeakMap<SymbolicTensor, SymbolicTensor>();

const reshaped = (name: string, x: SymbolicTensor, targetShape: number[]) =>
  layers.reshape({ name, targetShape }).apply(x) as SymbolicTensor;

function asMaps(name: string, x: SymbolicTensor): SymbolicTensor {
  const [, time, channels] = x.shape as [null, number, number];
  return mapsOf.get(x) ?? reshaped(`${name}_maps`, x, [time, 1, channels]);
}

function asSignals(name: string, y: SymbolicTensor): SymbolicTensor {
  if (y.shape.length !== 4) return y;
  const [, time, , channels] = y.shape as [null, number, number, number];
  const signals = reshaped(`${name}_signals`, y, [time, channels]);
  mapsOf.set(signals, y);
  return signals;
}

/** What `write` makes of inputs: of maps as it is, of signals from them as maps and back. */
export function ofSignals(
  name: string,
  inputs: readonly SymbolicTensor[],
  write: (inputs: readonly SymbolicTensor[]) => SymbolicTensor,
): SymbolicTensor {
  if (inputs[0]?.shape.length !== 3) return write(inputs);
  return asSignals(name, write(inputs.map((x, i) => asMaps(`${name}_${i}`, x))));
}
