import * as tf from '@tensorflow/tfjs-core';

const KERNEL = 'Identity';
let original: tf.KernelFunc | undefined;

/** The part of tfjs's wasm backend that counts the users of a tensor's memory. */
interface Counting {
  incRef(dataId: tf.DataId): void;
}

/**
 * Makes the wasm backend hand out a second reference where it would copy, as tfjs's other backends do.
 *
 * tfjs clones every tensor it keeps for a gradient; on wasm each such clone is a copy of the data.
 */
export function shareClones(backendName: string): void {
  const kernel = tf.getKernel(KERNEL, backendName);
  if (!kernel || original) return;
  original = kernel.kernelFunc;
  replace(backendName, ({ inputs, backend }) => {
    const { dataId, shape, dtype } = inputs.x as tf.TensorInfo;
    (backend as Counting).incRef(dataId);
    return { dataId, shape, dtype };
  });
}

/** Undoes {@link shareClones}. */
export function copyClones(backendName: string): void {
  if (!original) return;
  replace(backendName, original);
  original = undefined;
}

function replace(backendName: string, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(KERNEL, backendName);
  tf.registerKernel({ kernelName: KERNEL, backendName, kernelFunc });
}
