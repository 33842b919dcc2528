import * as tf from '@tensorflow/tfjs-core';

/** A tensor on its way to another thread. */
export interface HostTensor {
  readonly values: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** A tensor's values. */
export async function toHost(tensor: tf.Tensor): Promise<HostTensor> {
  return { values: (await tensor.data()) as HostTensor['values'], shape: tensor.shape };
}

/** The tensor of these values. */
export function fromHost({ values, shape }: HostTensor): tf.Tensor {
  return tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'float32');
}

/** Some of a batch. */
export function partOf({ values, shape }: HostTensor, from: number, to: number): HostTensor {
  const [count, ...each] = shape;
  const size = values.length / count!;
  return { values: values.slice(from * size, to * size), shape: [to - from, ...each] };
}
