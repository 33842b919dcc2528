import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from './types';

/** One kept tensor for each variable that has had a gradient, by the variable's position. */
export class Slots {
  readonly name: string;
  #tensors: (tf.Tensor | undefined)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get(position: number): tf.Tensor | null {
    return this.#tensors[position] ?? null;
  }

  /** Takes ownership of `tensor`, which outlives every surrounding `tf.tidy`. */
  set(position: number, tensor: tf.Tensor): void {
    this.#tensors[position]?.dispose();
    this.#tensors[position] = tf.keep(tensor);
  }

  state(): NamedTensor[] {
    return this.#present().map(([position, tensor]) =>
      this.#named(position, tensor.shape, tensor.dataSync()),
    );
  }

  read(): Promise<NamedTensor[]> {
    return Promise.all(
      this.#present().map(async ([position, tensor]) =>
        this.#named(position, tensor.shape, await tensor.data()),
      ),
    );
  }

  #present(): [position: number, tensor: tf.Tensor][] {
    return this.#tensors.flatMap((tensor, position) => (tensor ? [[position, tensor]] : []));
  }

  #named(position: number, shape: readonly number[], values: tf.TypedArray): NamedTensor {
    // The cpu backend hands out its own array, which must not travel into a checkpoint.
    return { name: `${this.name}.${position}`, shape: [...shape], data: (values as Float32Array).slice() };
  }

  restore(tensors: readonly NamedTensor[]): void {
    this.dispose();
    const prefix = `${this.name}.`;
    for (const { name, shape, data } of tensors)
      if (name.startsWith(prefix))
        this.set(Number(name.slice(prefix.length)), tf.tensor(data.slice(), [...shape], 'float32'));
  }

  dispose(): void {
    for (const tensor of this.#tensors) tensor?.dispose();
    this.#tensors = [];
  }
}
