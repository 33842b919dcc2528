import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys, rangeError } from '../errors';
import { type Ramp, ramp } from './ramp';
import { defineStrategy, type StrategySettings } from './strategy';

/** Settings of {@link dartsMinus}. */
export interface DartsMinusSettings extends StrategySettings {
  readonly kind: 'darts-minus';
  /** Weight of the auxiliary skip connection over epochs. */
  readonly beta: Ramp;
  /** How it goes from one end to the other. */
  readonly decay: 'linear' | 'cosine';
}

/** Options of {@link dartsMinus}. */
export interface DartsMinusOptions {
  /** Weight of the auxiliary skip connection at the first epoch, at least 0. Default 1. */
  readonly from?: number;
  /** At the last epoch, at least 0. Default 0; as `from` it stays as it is. */
  readonly to?: number;
  /** Epochs of the run. Default 50. */
  readonly epochs?: number;
  /** A straight line between them, or half a period of a cosine. Default `'linear'`. */
  readonly decay?: 'linear' | 'cosine';
}

const RAMP = { from: 'amount', to: 'amount', epochs: 'count' } as const satisfies OptionKeys<Ramp>;
const DECAY = ['linear', 'cosine'] as const;

/**
 * DARTS-: an auxiliary skip connection on each edge does for the flow of information what the candidate would be chosen for,
 * so that alpha need not tell the two apart:
 *
 * `y = beta x + sum_k softmax(alpha)_k op_k(x)`, beta from 1 at the first epoch to 0 at the last.
 *
 * It is there in evaluation too, at the beta of the epoch, and no part of the genotype. Noise and drop path fall on the
 * candidate alone: the auxiliary connection carries x as it is. At stride 2 it is the factorised reduction of the candidate,
 * whose weights the two share; the official code gives every edge a second one, and ends one step of beta above 0. Edges
 * without a skip connection among their candidates, such as layers of the mobile space that change channels, stay as they are.
 *
 * @throws RangeError for an option out of range; `createSupernet`, for a space without skip connections.
 *
 * Source: Chu et al. 2021, "DARTS-: robustly stepping out of performance collapse without indicators", section 3.3; its code,
 * `src/search/model_search.py`.
 */
export function dartsMinus(options: DartsMinusOptions = {}): DartsMinusSettings {
  const keys = { ...RAMP, decay: DECAY } satisfies OptionKeys<DartsMinusOptions>;
  const { from = 1, to = 0, epochs = 50, decay = 'linear' } = checkOptions('dartsMinus', options, keys);
  return { kind: 'darts-minus', beta: { from, to, epochs }, decay };
}

/** Beta in an epoch. */
function betaAt({ beta, decay }: DartsMinusSettings, epoch: number): number {
  if (decay === 'linear') return ramp(beta, epoch);
  const angle = ramp({ from: 0, to: Math.PI, epochs: beta.epochs }, epoch);
  return beta.to + ((beta.from - beta.to) * (1 + Math.cos(angle))) / 2;
}

defineStrategy<DartsMinusSettings>({
  kind: 'darts-minus',
  check({ beta, decay }, space) {
    checkOptions('dartsMinus', beta, RAMP, true);
    checkOptions('dartsMinus', { decay }, { decay: DECAY }, true);
    if (space && !(space.primitives as readonly string[]).includes('skip_connect'))
      throw rangeError(
        'dartsMinus',
        `the space ${space.name} must have skip connections to stand beside`,
        space.primitives,
        "use another strategy, or a space with 'skip_connect'",
      );
  },
  weights: (alpha, { settings, moment }) =>
    tf.tidy(() =>
      tf.concat2d([tf.softmax(alpha), tf.fill([alpha.shape[0], 1], betaAt(settings, moment.epoch))], 1),
    ),
});
