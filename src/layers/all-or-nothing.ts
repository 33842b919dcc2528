import { engine } from '@tensorflow/tfjs-core';

/** What `make` makes of layers; if it throws, the weights that were there by then are disposed of. */
export function allOrNothing<T>(make: () => T): T {
  const { registeredVariables } = engine();
  const before = new Set(Object.keys(registeredVariables));
  try {
    return make();
  } catch (error) {
    for (const [name, variable] of Object.entries(registeredVariables))
      if (!before.has(name)) variable.dispose();
    throw error;
  }
}
