import { checkDataset } from '../data/check';
import { checkOptions } from '../errors';
import { checkRunOptions } from '../runs';
import type { AnySpace, SearchSpace } from '../spaces';
import type { SelectionDoneEvent } from './events';
import { checkSupernet, type SelectionOptions, selectionKeys } from './options';

/** Options of {@link selectByAlpha}: nothing is evaluated or tuned, so that the supernet is all it needs. */
export type AlphaSelectionOptions<S extends AnySpace = SearchSpace> = Pick<SelectionOptions<S>, 'supernet'> &
  Partial<SelectionOptions<S>>;

/**
 * Selects what alpha stands for, as a search does by itself: the strongest operation of every edge and, in a DARTS space, the
 * two strongest edges into every node.
 *
 * Its one event is `done`.
 *
 * @throws TypeError for what is no supernet.
 *
 * Source: Liu et al. 2019, section 2.4.
 */
export async function* selectByAlpha<S extends AnySpace>(
  options: AlphaSelectionOptions<S>,
): AsyncGenerator<SelectionDoneEvent<S, never>, void, undefined> {
  const given = checkOptions('selectByAlpha', options as SelectionOptions, selectionKeys);
  const { supernet, resume, signal } = given;
  for (const what of ['train', 'valid'] as const)
    if (given[what] !== undefined) checkDataset('selectByAlpha', given[what], what);
  checkRunOptions('selectByAlpha', {
    ...(resume !== undefined && { resume }),
    ...(signal !== undefined && { signal }),
  });
  checkSupernet('selectByAlpha', supernet);
  const genotype = (await supernet.readGenotype()) as SelectionDoneEvent<S, never>['genotype'];
  yield { type: 'done', genotype, byAlpha: genotype, decisions: [] };
}
