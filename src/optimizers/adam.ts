import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, requireKind } from '../errors';
import { adamUpdate } from './adam-update';
import { Binding } from './binding';
import { Slots } from './slots';
import { checkState } from './state';
import type { Gradients, NamedTensor, Optimizer, OptimizerState } from './types';

/** Options of {@link adam}. */
export interface AdamOptions {
  /** Learning rate, >= 0. */
  readonly learningRate: number;
  /** Decay rates of the first and second moment, each in [0, 1). Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment, >= 0. Default 1e-8. */
  readonly epsilon?: number;
  /** L2 penalty added to the gradient, >= 0. Default 0. */
  readonly weightDecay?: number;
}

/** See {@link adam}. */
export class Adam implements Optimizer {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
  #learningRate = 0;
  readonly #m = new Slots('m');
  readonly #v = new Slots('v');
  readonly #binding = new Binding();
  /** Steps taken by each variable: one without a gradient does not age. */
  #counts: number[] = [];

  constructor(options: AdamOptions) {
    const {
      learningRate,
      betas = [0.9, 0.999],
      epsilon = 1e-8,
      weightDecay = 0,
    } = checkOptions('adam', options, {
      learningRate: 'amount',
      betas: 'list',
      epsilon: 'amount',
      weightDecay: 'amount',
    });
    for (const i of [0, 1]) requireKind('adam', `betas[${i}]`, betas[i], 'rate');
    this.learningRate = learningRate;
    this.betas = [betas[0], betas[1]];
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    requireKind('adam', 'learningRate', value, 'amount');
    this.#learningRate = value;
  }

  step(variables: readonly tf.Variable[], grads: Gradients): void {
    this.#binding.check('Adam.step', variables, grads, [this.#m, this.#v]);
    variables.forEach((variable, i) => {
      const grad = grads[i];
      if (!grad) return;
      const count = (this.#counts[i] ?? 0) + 1;
      this.#counts[i] = count;
      tf.tidy(() => {
        const [w, m, v] = adamUpdate(variable, grad, this.#m.get(i), this.#v.get(i), count, this);
        this.#m.set(i, m);
        this.#v.set(i, v);
        variable.assign(w);
      });
    });
  }

  state(): OptimizerState {
    return this.#stateOf([...this.#m.state(), ...this.#v.state()]);
  }

  async readState(): Promise<OptimizerState> {
    // The numbers of now, though the tensors arrive later.
    const { numbers } = this.#stateOf([]);
    const [m, v] = await Promise.all([this.#m.read(), this.#v.read()]);
    return { kind: 'adam', tensors: [...m, ...v], numbers };
  }

  #stateOf(tensors: readonly NamedTensor[]): OptimizerState {
    const counts = this.#counts.flatMap((count, i) => [[`count.${i}`, count] as const]);
    return {
      kind: 'adam',
      tensors,
      numbers: {
        learningRate: this.learningRate,
        variables: this.#binding.size,
        ...Object.fromEntries(counts),
      },
    };
  }

  restore(state: OptimizerState): void {
    checkState('Adam', state, { kind: 'adam', buffers: ['m', 'v'], counts: true });
    this.learningRate = state.numbers.learningRate!;
    this.#m.restore(state.tensors);
    this.#v.restore(state.tensors);
    this.#counts = [];
    for (const [name, value] of Object.entries(state.numbers))
      if (name.startsWith('count.')) this.#counts[Number(name.slice(6))] = value;
    this.#binding.release(state.numbers.variables);
  }

  dispose(): void {
    this.#m.dispose();
    this.#v.dispose();
    this.#counts = [];
    this.#binding.release();
  }
}

/**
 * Adam with coupled (L2) weight decay, the rule of PyTorch's `Adam`, not of AdamW: the decay enters the moments.
 * m = b1 m + (1 - b1) g', v = b2 v + (1 - b2) g'^2 with g' = g + wd w; w = w - lr m^ / (sqrt(v^) + epsilon).
 *
 * The paper's alphas use learning rate 3e-4, betas [0.5, 0.999], weight decay 1e-3.
 *
 * Source: Kingma & Ba, 1412.6980, algorithm 1. @throws RangeError when an option is out of range.
 */
export function adam(options: AdamOptions): Adam {
  return new Adam(options);
}
