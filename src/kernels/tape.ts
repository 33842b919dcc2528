import * as tf from '@tensorflow/tfjs-core';

/** `y = f()` and its gradients with respect to `xs`, null or missing for one that y does not depend on; `dy` is 1 unless given. */
export type WayBack = (
  f: () => tf.Tensor,
  xs: readonly tf.Tensor[],
  dy?: tf.Tensor,
) => { readonly value: tf.Tensor; readonly grads: readonly (tf.Tensor | null | undefined)[] };

/** How gradients are taken. A backend may have a way of its own. */
export const wayBack: { take: WayBack } = {
  take: (f, xs, dy) => tf.engine().gradients(f, [...xs], dy, true),
};

/**
 * Frees what a pass that threw has kept for the way back: tfjs does so only when the way back succeeds. Within another
 * gradient it leaves the tape to that.
 */
export function dropTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0 || !state.activeTape) return;
  for (const { saved } of state.activeTape) tf.dispose(saved ?? []);
  // As tfjs leaves it after a success; its type does not know.
  state.activeTape = null as never;
}

/** Tensors that outlive the scopes they are made in, until they are freed together. */
export class KeptTensors {
  readonly #kept: tf.Tensor[] = [];

  keep<T extends tf.Tensor>(tensor: T): T {
    this.#kept.push(tf.keep(tensor));
    return tensor;
  }

  dispose(): void {
    tf.dispose(this.#kept);
  }
}
