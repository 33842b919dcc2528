import type * as tf from '@tensorflow/tfjs-core';
import { requireTensor, typeError } from '../errors';
import {
  requireMap,
  type Shape4,
  type WindowAttributes,
  type WindowOptions,
  windowAttributes,
  windowOutput,
} from './geometry';
import { defineKernel, type KernelFunction, type KernelType } from './kernel';

/** A convolution of maps by a window of filters. */
export type WindowKernel<Kind extends string> = KernelType<
  `NoisyDarts${Kind}`,
  { x: tf.Tensor4D; filter: tf.Tensor4D },
  WindowAttributes,
  tf.Tensor4D
>;
/** The gradient of its maps. */
export type WindowInputGrad<Kind extends string> = KernelType<
  `NoisyDarts${Kind}InputGrad`,
  { dy: tf.Tensor4D; filter: tf.Tensor4D },
  WindowAttributes & { inputShape: Shape4 },
  tf.Tensor4D
>;
/** The gradient of its filter. */
export type WindowFilterGrad<Kind extends string> = KernelType<
  `NoisyDarts${Kind}FilterGrad`,
  { x: tf.Tensor4D; dy: tf.Tensor4D },
  WindowAttributes & { filterShape: Shape4 },
  tf.Tensor4D
>;
/** A convolution and its gradients: what a backend may have fast bodies for. */
export type WindowKernels<Kind extends string> =
  | WindowKernel<Kind>
  | WindowInputGrad<Kind>
  | WindowFilterGrad<Kind>;

/** The generic bodies of a convolution and of its gradients. */
export interface WindowBodies<Kind extends string> {
  readonly forward: KernelFunction<WindowKernel<Kind>>;
  readonly inputGrad: KernelFunction<WindowInputGrad<Kind>>;
  readonly filterGrad: KernelFunction<WindowFilterGrad<Kind>>;
}

/** Defines a convolution whose gradients are kernels too. */
export function defineWindowKernel<Kind extends string>(
  kind: Kind,
  bodies: WindowBodies<Kind>,
): KernelFunction<WindowKernel<Kind>> {
  const inputGrad = defineKernel<WindowInputGrad<Kind>>({
    name: `NoisyDarts${kind}InputGrad`,
    body: bodies.inputGrad,
  });
  const filterGrad = defineKernel<WindowFilterGrad<Kind>>({
    name: `NoisyDarts${kind}FilterGrad`,
    body: bodies.filterGrad,
  });
  return defineKernel<WindowKernel<Kind>>({
    name: `NoisyDarts${kind}`,
    body: bodies.forward,
    saveInputs: ['x', 'filter'],
    gradient: (dy, saved, window) => {
      const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
      return {
        x: () => inputGrad({ dy, filter }, { ...window, inputShape: x.shape }),
        filter: () => filterGrad({ x, dy }, { ...window, filterShape: filter.shape }),
      };
    },
  });
}

/**
 * The window of filters [h, w, C, outputs] on maps; refuses what does not fit.
 *
 * @param outputs - How a message calls the filter's last side; 1 if it can be nothing else.
 */
export function filterWindow(
  fn: string,
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  outputs: 'filters' | 1,
  remedy: string,
  options: WindowOptions,
): WindowAttributes {
  requireMap(fn, x);
  requireTensor(fn, 'filter', filter, 4);
  const [kh, kw, channels, last] = filter.shape;
  if (channels !== x.shape[3] || (outputs === 1 && last !== 1)) {
    throw typeError(
      fn,
      `the filter must be [h, w, ${x.shape[3]}, ${outputs}] for maps ${JSON.stringify(x.shape)}`,
      filter.shape,
      remedy,
    );
  }
  const window = windowAttributes(fn, [kh, kw], options);
  windowOutput(fn, [x.shape[1], x.shape[2]], [kh, kw], window);
  return window;
}
