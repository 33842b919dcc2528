import * as tf from '@tensorflow/tfjs-core';
import { instanceOf } from '../instance';
import { concat } from './concat';
import { convolutions } from './conv-forward';
import { conv2DBackpropFilter } from './conv2d';
import { conv3DBackpropFilter, conv3DBackpropInput } from './conv3d';
import { depthwiseConv2dNativeBackpropFilter, depthwiseConv2dNativeBackpropInput } from './depthwise-conv2d';
import { cast, prelu } from './elementwise';
import type { StockKernel } from './kernel';
import { pools } from './pool';
import { unsortedSegmentSum } from './segment-sum';

const stockKernels: readonly StockKernel[] = [
  ...convolutions,
  concat,
  conv2DBackpropFilter,
  conv3DBackpropFilter,
  conv3DBackpropInput,
  depthwiseConv2dNativeBackpropFilter,
  depthwiseConv2dNativeBackpropInput,
  ...pools,
  unsortedSegmentSum,
  prelu,
  cast,
];

/** The kernels that {@link addStockKernels} stood in for, if the backend had one. */
const own = new Map<string, tf.KernelConfig | undefined>();

/** Registers the kernels of tfjs that the backend lacks, and stands in for its own where they are wrong or slow. */
export function addStockKernels(backendName: string): void {
  if (own.size > 0) return;
  for (const { name, isRight, body, fast } of stockKernels) {
    const theirs = tf.getKernel(name, backendName);
    own.set(name, theirs);
    if (theirs) tf.unregisterKernel(name, backendName);
    tf.registerKernel({
      ...theirs,
      kernelName: name,
      backendName,
      kernelFunc: (call) => {
        const { inputs, attrs } = call;
        const module = instanceOf(call.backend as object);
        const output = fast?.(module, inputs, attrs);
        if (output) return output;
        return theirs && (!body || isRight(inputs, attrs))
          ? theirs.kernelFunc(call)
          : body!(module, inputs, attrs);
      },
    });
  }
}

/** Undoes {@link addStockKernels}. */
export function removeStockKernels(backendName: string): void {
  for (const [name, theirs] of own) {
    tf.unregisterKernel(name, backendName);
    if (theirs) tf.registerKernel(theirs);
  }
  own.clear();
}
