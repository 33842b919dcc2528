import type * as tf from '@tensorflow/tfjs-core';

/** Values on the host by the data they are of; a variable that is assigned to has other data from then on. */
const known = new WeakMap<object, tf.TypedArray>();

/** Reads tensors without blocking the device, so that {@link hostValues} knows them until they change. */
export async function fetchValues(tensors: readonly tf.Tensor[]): Promise<void> {
  await Promise.all(
    tensors.map(async (tensor) => {
      const { dataId } = tensor;
      if (!known.has(dataId)) known.set(dataId, await tensor.data());
    }),
  );
}

/** The values of a tensor; read from the device, with the device standing still, unless they are known. */
export function hostValues(tensor: tf.Tensor): tf.TypedArray {
  return known.get(tensor.dataId) ?? tensor.dataSync();
}
