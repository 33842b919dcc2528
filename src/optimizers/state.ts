import { typeError } from '../errors';
import type { OptimizerState } from './types';

/**
 * Refuses a state that an optimizer cannot have written, before anything is restored from it.
 *
 * @param buffers - Names of its buffers; a variable has all of them or none.
 * @param counts - Whether it counts the steps of every variable that has buffers.
 */
export function checkState(
  fn: string,
  state: OptimizerState,
  { kind, buffers, counts = false }: { kind: string; buffers: readonly string[]; counts?: boolean },
): void {
  const refuse = (fault: string, got: unknown): never => {
    throw typeError(`${fn}.restore`, fault, got, `restore what ${fn}.state() returned`);
  };
  if (state?.kind !== kind) refuse(`the state's kind must be '${kind}'`, state?.kind);
  const { numbers, tensors } = state;
  const { learningRate = Number.NaN, variables = Number.NaN } = numbers ?? {};
  if (!(learningRate >= 0 && Number.isInteger(variables) && variables >= 0))
    refuse("the state's numbers must hold learningRate and variables", numbers);
  const held = new Set(tensors.map(({ name }) => name));
  const positions = new Set(tensors.map(({ name }) => Number(name.slice(name.lastIndexOf('.') + 1))));
  const expected = [...positions].flatMap((i) => buffers.map((buffer) => `${buffer}.${i}`));
  const whole = [...positions].every((i) => Number.isInteger(i) && i >= 0 && i < variables);
  if (!whole || held.size !== expected.length || !expected.every((name) => held.has(name)))
    refuse(`the state must hold ${buffers.join(' and ')} of variables 0 to ${variables - 1}`, [...held]);
  const torn = tensors.find(
    ({ shape, data }) => shape.reduce((size, side) => size * side, 1) !== data.length,
  );
  if (torn) refuse(`the state's ${torn.name} must have as many values as its shape`, torn.data.length);
  const counted = Object.keys(numbers).filter((name) => name.startsWith('count.'));
  const known = [...positions].every(
    (i) => Number.isInteger(numbers[`count.${i}`]) && numbers[`count.${i}`]! > 0,
  );
  if (counts && (counted.length !== positions.size || !known))
    refuse('the state must count the steps of every variable with buffers', numbers);
}
