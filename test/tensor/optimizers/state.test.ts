import { describe, expect, it } from 'vitest';
import { adam, type OptimizerState, sgd } from '../../../src/optimizers';
import { leavesNoTensors } from '../../support/memory';
import { variable as makeVariable, stepWith } from './support';

leavesNoTensors();

/** Deterministic, irregular gradients; variable 2 sits out every other step. */
const grads = (step: number) => [
  [0, 1, 2].map((i) => Math.sin(7 * step + i)),
  [Math.cos(3 * step)],
  step % 2 === 0 ? [1 / (step + 1), -0.3] : null,
];

const variables = () => [makeVariable([0.3, -1.7, 0.02]), makeVariable(0.9), makeVariable([[0.1, 0.2]])];

/** What a checkpoint does: numbers through JSON, data through bytes. */
function throughDisk(state: OptimizerState): OptimizerState {
  return {
    ...(JSON.parse(JSON.stringify({ kind: state.kind, numbers: state.numbers })) as OptimizerState),
    tensors: state.tensors.map((tensor) => ({
      ...tensor,
      data: new Float32Array(tensor.data.buffer.slice(0)),
    })),
  };
}

describe.each([
  ['Sgd', () => sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 3e-4, nesterov: true })],
  ['Adam', () => adam({ learningRate: 3e-4, betas: [0.5, 0.999], weightDecay: 1e-3 })],
])('%s', (name, make) => {
  it.each([0, 1, 3])('continues bit for bit after %i steps, state, restore', async (stop) => {
    const [whole, first, second] = [make(), make(), make()];
    const [a, b] = [variables(), variables()];
    for (let step = 0; step < 6; step++) stepWith(whole, a, grads(step));

    for (let step = 0; step < stop; step++) stepWith(first, b, grads(step));
    const state = throughDisk(first.state());
    expect(await first.readState()).toEqual(first.state());
    first.dispose();
    second.restore(state);
    for (let step = stop; step < 6; step++) stepWith(second, b, grads(step));

    for (const [i, variable] of a.entries()) expect([...b[i]!.dataSync()]).toEqual([...variable.dataSync()]);
    expect(second.state()).toEqual(whole.state());
    for (const variable of [...a, ...b]) variable.dispose();
    whole.dispose();
    second.dispose();
  });

  it('carries the learning rate, and survives a second restore', () => {
    const optimizer = make();
    const list = variables();
    stepWith(optimizer, list, grads(0));
    optimizer.learningRate = 0.007;
    const state = optimizer.state();
    stepWith(optimizer, list, grads(1));
    optimizer.learningRate = 0.5;
    optimizer.restore(state);
    optimizer.restore(state);
    expect(optimizer.learningRate).toBe(0.007);
    expect(optimizer.state()).toEqual(state);
    optimizer.dispose();
    for (const variable of list) variable.dispose();
  });

  it('is a copy: later steps do not reach into it', () => {
    const optimizer = make();
    const list = variables();
    stepWith(optimizer, list, grads(0));
    const state = optimizer.state();
    const copy = throughDisk(state);
    for (let step = 1; step < 4; step++) stepWith(optimizer, list, grads(step));
    expect(state).toEqual(copy);
    optimizer.restore(state);
    for (let step = 1; step < 4; step++) stepWith(optimizer, list, grads(step));
    expect(state).toEqual(copy);
    optimizer.dispose();
    for (const variable of list) variable.dispose();
  });

  it('refuses the state of another optimizer or of other variables', () => {
    const [optimizer, list] = [make(), variables()];
    stepWith(optimizer, list, grads(0));
    const state = optimizer.state();
    expect(() => optimizer.restore({ ...state, kind: 'rmsprop' })).toThrow(
      new TypeError(
        `${name}.restore: the state's kind must be '${name.toLowerCase()}', got 'rmsprop'; restore what ${name}.state() returned`,
      ),
    );
    const other = makeVariable([0, 0, 0, 0], `other-${name}`);
    optimizer.restore(state);
    expect(() => stepWith(optimizer, [other, list[1]!, list[2]!], [[1, 2, 3, 4], [1], null])).toThrow(
      /^(Sgd|Adam)\.step: the restored (momentum|m)\.0 must have the shape \[4\] of 'other-(Sgd|Adam)', got \[3\]; restore the state of an optimizer over the same variables$/,
    );
    expect(() => stepWith(optimizer, [list[0]!], [[1, 2, 3]])).toThrow(
      `${name}.step: the restored state is that of 3 variables, got 1; restore the state of an optimizer over the same variables`,
    );
    optimizer.dispose();
    for (const variable of [...list, other]) variable.dispose();
  });
});
