import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import type { SelectionDecision } from './plan';
import type { Selection, SelectionRecipe } from './recipe';
import { runSelection } from './run';

const KEYS = {
  name: 'text',
  settings: 'object',
  work: 'function',
  plan: 'function',
} satisfies OptionKeys<SelectionRecipe>;

/**
 * Makes a selection of one's own of a plan, a generator that asks for evaluations and tuning with `yield* ask...` and returns
 * the genotype. What is asked for is done, told of in events, stored and, after a stop, gone on with bit for bit.
 *
 * @throws TypeError for what is no recipe.
 */
export function defineSelection<D extends SelectionDecision>(recipe: SelectionRecipe<D>): Selection<D> {
  checkOptions('defineSelection', recipe, KEYS);
  const { name, plan } = recipe;
  if (typeof plan !== 'function')
    throw typeError('defineSelection', 'plan must be a function', plan, 'pass a generator');
  if (typeof name !== 'string' || name === '')
    throw rangeError('defineSelection', 'there must be a name', name, "pass for example 'selectByLoss'");
  return (options) => runSelection(recipe, options);
}
