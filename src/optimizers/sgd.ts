import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, rangeError, requireKind } from '../errors';
import { Binding } from './binding';
import { sgdUpdate, sgdUpdates } from './sgd-update';
import { Slots } from './slots';
import { checkState } from './state';
import type { Gradients, NamedTensor, Optimizer, OptimizerState, ScaledStep, UnrolledUpdate } from './types';

/** Variables that are updated together: more would hold more new tensors beside the old ones. */
const TOGETHER = 8;

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Learning rate, >= 0. */
  readonly learningRate: number;
  /** Share of the buffer kept from step to step, >= 0. Default 0: no buffer. */
  readonly momentum?: number;
  /** L2 penalty added to the gradient, >= 0. Default 0. */
  readonly weightDecay?: number;
  /** Look one momentum step ahead. Default false. */
  readonly nesterov?: boolean;
}

/** See {@link sgd}. */
export class Sgd implements Optimizer, ScaledStep, UnrolledUpdate {
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  #learningRate = 0;
  readonly #buffers = new Slots('momentum');
  readonly #binding = new Binding();

  constructor(options: SgdOptions) {
    const {
      learningRate,
      momentum = 0,
      weightDecay = 0,
      nesterov = false,
    } = checkOptions('sgd', options, {
      learningRate: 'amount',
      momentum: 'amount',
      weightDecay: 'amount',
      nesterov: 'flag',
    });
    if (nesterov && momentum === 0)
      throw rangeError('sgd', 'nesterov needs a momentum above 0', momentum, 'set momentum, 0.9 for one');
    this.learningRate = learningRate;
    this.momentum = momentum;
    this.weightDecay = weightDecay;
    this.nesterov = nesterov;
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    requireKind('sgd', 'learningRate', value, 'amount');
    this.#learningRate = value;
  }

  get stepSize(): number {
    return this.nesterov ? this.learningRate * (1 + this.momentum) : this.learningRate;
  }

  step(variables: readonly tf.Variable[], grads: Gradients): void {
    this.#binding.check('Sgd.step', variables, grads, [this.#buffers]);
    this.#move(variables, grads);
  }

  scaledStep(variables: readonly tf.Variable[], grads: Gradients, scale: tf.Scalar): void {
    this.#binding.check('Sgd.scaledStep', variables, grads, [this.#buffers]);
    this.#move(variables, grads, scale);
  }

  #move(variables: readonly tf.Variable[], grads: Gradients, scale?: tf.Scalar): void {
    const moving = variables.flatMap((w, i) => (grads[i] ? [{ w, g: grads[i], i }] : []));
    for (let first = 0; first < moving.length; first += TOGETHER) {
      const some = moving.slice(first, first + TOGETHER);
      tf.tidy(() => {
        const turns = some.map(({ w, g, i }) => ({ w, g, buffer: this.#buffers.get(i) }));
        sgdUpdates(turns, scale, this).forEach(([next, buffer], k) => {
          const { w, i } = some[k]!;
          if (buffer) this.#buffers.set(i, buffer);
          w.assign(next);
        });
      });
    }
  }

  preview(variables: readonly tf.Variable[], grads: Gradients): (tf.Tensor | null)[] {
    this.#binding.check('Sgd.preview', variables, grads, [this.#buffers]);
    return variables.map((variable, i) => {
      const grad = grads[i];
      return grad ? tf.tidy(() => sgdUpdate(variable, grad, this.#buffers.get(i), this)[0]) : null;
    });
  }

  state(): OptimizerState {
    return this.#stateOf(this.#buffers.state());
  }

  async readState(): Promise<OptimizerState> {
    // The numbers of now, though the tensors arrive later.
    const { numbers } = this.#stateOf([]);
    return { kind: 'sgd', tensors: await this.#buffers.read(), numbers };
  }

  #stateOf(tensors: readonly NamedTensor[]): OptimizerState {
    return {
      kind: 'sgd',
      tensors,
      numbers: { learningRate: this.learningRate, variables: this.#binding.size },
    };
  }

  restore(state: OptimizerState): void {
    checkState('Sgd', state, { kind: 'sgd', buffers: ['momentum'] });
    this.learningRate = state.numbers.learningRate!;
    this.#buffers.restore(state.tensors);
    this.#binding.release(state.numbers.variables);
  }

  dispose(): void {
    this.#buffers.dispose();
    this.#binding.release();
  }
}

/**
 * Stochastic gradient descent with momentum and coupled (L2) weight decay, the rule of PyTorch's `SGD`:
 * g' = g + wd w; buffer = m buffer + g' (g' at a variable's first step); w = w - lr buffer.
 *
 * The paper's weights use learning rate 0.05 falling by a cosine to 0.001 over 50 epochs, momentum 0.9, weight decay
 * 3e-4, no Nesterov, and gradients clipped to norm 5 beforehand ({@link clipByGlobalNorm}).
 *
 * @throws RangeError when an option is out of range.
 */
export function sgd(options: SgdOptions): Sgd {
  return new Sgd(options);
}
