import { typeError } from '../errors';
import { describeSides, isOfSides } from '../layers/flat-model';
import type { ModelSpace } from '../spaces';
import { modelSupernetFor } from '../supernet/model/model-supernet';
import type { ModelSearchOptions, SearchOptions } from './options';

/**
 * The options of a search in a model of one's own as those of a search in a supernet.
 *
 * @throws TypeError for what is no such model, images of another shape, or a supernet beside it.
 */
export function withOwnModel({ model, ...options }: ModelSearchOptions): SearchOptions<ModelSpace> {
  if ('supernet' in options)
    throw typeError('search', 'there must be a supernet or a model', 'both', 'leave one of them out');
  const supernet = modelSupernetFor('search', model);
  const { inputShape, unrepeatable } = supernet;
  const shape: readonly number[] = options.train?.shape ?? inputShape;
  if (!isOfSides(shape, inputShape))
    throw typeError(
      'search',
      `train must have examples of ${describeSides(inputShape)} like the model`,
      shape,
      'give the model the inputShape of the data',
    );
  if (unrepeatable && (options.checkpoint || options.resume))
    throw typeError(
      'search',
      'a run that is resumed must draw as if it had never stopped, which this layer of tfjs cannot',
      `'${unrepeatable.name}' (${unrepeatable.getClassName()})`,
      'leave out checkpoint and resume, or take FeatureDropout or NoisyOp for it',
    );
  return { ...options, supernet };
}
