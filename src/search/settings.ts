import { rangeError, typeError } from '../errors';
import { unpackOptions } from '../layers';
import { mapAlphas, type SearchSpace } from '../spaces';
import { checkDiagnostics } from './diagnostics';
import type { SearchOptions } from './options';

/** The options of a search with every default filled in. */
export type ResolvedSearch = ReturnType<typeof resolveSearch>;

/** Fills in defaults and refuses what cannot be. */
export function resolveSearch<S extends SearchSpace>(options: SearchOptions<S>) {
  const { supernet, train, valid, epochs = 50, batchSize = 128, seed = 0, evaluateEvery = 1 } = options;
  const weights = {
    learningRate: 0.05,
    minLearningRate: 0.001,
    momentum: 0.9,
    weightDecay: 3e-4,
    nesterov: false,
    clip: 5,
    ...options.weights,
  };
  const alpha = {
    learningRate: 3e-4,
    betas: [0.5, 0.999] as readonly [number, number],
    weightDecay: 1e-3,
    order: 'first' as 'first' | 'second',
    warmupEpochs: 0,
    turn: 'before' as 'before' | 'after',
    ...options.alpha,
  };
  for (const [what, value] of Object.entries({ epochs, batchSize })) {
    if (!Number.isInteger(value) || value < 1) {
      throw rangeError('search', `${what} must be a positive integer`, value, 'use for example 50 and 128');
    }
  }
  for (const [what, dataset] of Object.entries({ train, valid })) {
    if (dataset.size < 1)
      throw rangeError('search', `${what} must hold images`, dataset.size, 'pass a larger split');
    if (dataset.classes > supernet.classes) {
      throw rangeError(
        'search',
        `${what} has more classes than the supernet's ${supernet.classes}`,
        dataset.classes,
        'create the supernet with as many classes',
      );
    }
  }
  if (JSON.stringify(train.shape) !== JSON.stringify(valid.shape)) {
    throw typeError(
      'search',
      `valid must have images of ${train.shape.join('x')} like train`,
      valid.shape,
      'split one data set',
    );
  }
  if (options.engine && (options.engine.supernet as unknown) !== supernet) {
    throw typeError(
      'search',
      'the engine must belong to the supernet',
      'another',
      'create it from this supernet',
    );
  }
  if (options.engine && alpha.order === 'second') {
    throw rangeError(
      'search',
      'an engine computes the first order only',
      alpha.order,
      "use order: 'first', or no engine",
    );
  }
  if (options.diagnostics) checkDiagnostics(options.diagnostics);
  return {
    ...options,
    policies: [options.policy ?? []].flat(),
    epochs,
    batchSize,
    evaluationBatchSize: options.evaluationBatchSize ?? batchSize,
    seed,
    evaluateEvery,
    weights,
    alpha,
  };
}

/** What two runs must have in common for one to go on from the other's checkpoint: plain JSON. */
export function runSettings(search: ResolvedSearch): Record<string, unknown> {
  const { supernet, train, valid, epochs, batchSize, seed, augment, weights, alpha } = search;
  const dataset = ({ name, size, shape, classes }: typeof train) => ({ name, size, shape, classes });
  return {
    supernet: unpackOptions(supernet.getConfig().options),
    alphas: mapAlphas(supernet.space, (_, rows) => [rows.length, rows[0]!.length]),
    train: dataset(train),
    valid: dataset(valid),
    epochs,
    batchSize,
    seed,
    augment: augment ?? null,
    weights: { ...weights, clip: String(weights.clip) },
    alpha,
  };
}
