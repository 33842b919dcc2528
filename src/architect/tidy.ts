import * as tf from '@tensorflow/tfjs-core';

/** `tf.tidy` for results that hold `null` beside tensors, which its type, but not its code, refuses. */
export function tidy<T>(body: () => T): T {
  return tf.tidy(body as unknown as () => tf.TensorContainer) as unknown as T;
}

export function disposeAll(tensors: readonly (tf.Tensor | null)[]): void {
  for (const tensor of tensors) tensor?.dispose();
}
