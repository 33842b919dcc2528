import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';

/** A tensor's values on the host, under a name. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Everything an optimizer carries from step to step; restoring it continues a run bit for bit. */
export interface OptimizerState {
  /** Which optimizer wrote it: `'sgd'`, `'adam'`. */
  readonly kind: string;
  /** One buffer a variable, named `<buffer>.<position of the variable>`. */
  readonly tensors: readonly NamedTensor[];
  readonly numbers: Readonly<Record<string, number>>;
}

/** A gradient for each variable; `null` for a variable that took no part in the loss. */
export type Gradients = readonly (Tensor | null)[];

/** Moves variables along gradients, keeping its own buffers. */
export interface Optimizer {
  /** The rate of the next step; set it from a schedule once an epoch. */
  learningRate: number;
  /**
   * Updates the variables in place.
   *
   * The list must hold the same variables in the same order at every step. A variable whose gradient is `null` is left
   * exactly as it is: no weight decay, no momentum, no step counted, as PyTorch does. A NaN or infinite gradient goes
   * into the variable unchecked, because a check would wait for the device; watch the loss instead.
   *
   * @throws TypeError when the number of gradients, a gradient's shape or the list of variables is not what it was.
   */
  step(variables: readonly Variable[], grads: Gradients): void;
  /** A copy of the buffers, counts and the learning rate; the other options stay with the constructor's caller. */
  state(): OptimizerState;
  /**
   * {@link Optimizer.state} without waiting for the device in between: the only way in a browser whose backend cannot be
   * read at once, and the faster one on every GPU.
   */
  readState(): Promise<OptimizerState>;
  /** Replaces the buffers, counts and learning rate by those of `state`. */
  restore(state: OptimizerState): void;
  /** Frees the buffers; a later step would start from nothing. */
  dispose(): void;
}

/** An optimizer whose next step can be looked at without taking it: what the second-order architect needs. */
export interface UnrolledUpdate {
  /**
   * What `step` would make of the variables, as new tensors the caller disposes; `null` where the gradient is `null`.
   * Nothing moves.
   */
  preview(variables: readonly Variable[], grads: Gradients): (Tensor | null)[];
  /** The size xi of -dw'/dg, where w' is the variable after the step and g its gradient. */
  readonly stepSize: number;
}

/** An optimizer that can take a step along gradients times a number, which saves a pass over all of them. */
export interface ScaledStep {
  /** `step` along `scale * grads`; `scale` is read on the device, and kept by the caller. */
  scaledStep(variables: readonly Variable[], grads: Gradients, scale: Scalar): void;
}
