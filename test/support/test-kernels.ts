import * as tf from '@tensorflow/tfjs-core';

/** Takes away the kernels a test has defined, named `NoisyDartsTest...`, so that files after it find those of the library alone. */
export function unregisterTestKernels(): void {
  for (const { kernelName } of tf.getKernelsForBackend(tf.getBackend()))
    if (kernelName.startsWith('NoisyDartsTest')) tf.unregisterKernel(kernelName, tf.getBackend());
}
