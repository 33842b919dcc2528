import * as tf from '@tensorflow/tfjs-core';
import type { SearchSpace } from 'noisydarts';
import type { StrategyPass, StrategySettings } from 'noisydarts/strategies';
import * as room from 'noisydarts/strategies';
import { strategyOf } from '../../../src/strategies/strategy';

/** A pass as a supernet makes it, in training and of the weights, with uniform numbers from tfjs. */
export function passOf(
  settings: StrategySettings,
  { epoch = 0, ...given }: Partial<StrategyPass> & { readonly epoch?: number } = {},
): StrategyPass {
  return {
    settings,
    training: true,
    weightStep: true,
    moment: { epoch, step: 0, pass: 0 },
    uniform: (shape) => tf.randomUniform([...shape], 0, 1, 'float32', 11),
    ...given,
  };
}

/** The weights that a strategy makes of alpha. */
export function weightsOf(
  settings: StrategySettings,
  alpha: number[][],
  given: Parameters<typeof passOf>[1] = {},
): number[][] {
  return tf.tidy(() => strategyOf(settings).weights(tf.tensor2d(alpha), passOf(settings, given)).arraySync());
}

/** Softmax in double precision. */
export function softmax(row: readonly number[]): number[] {
  const powers = row.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** Options for a network as small and a run as short as these; defaults for every other strategy. */
const options: Readonly<Record<string, object>> = {
  pcDarts: { share: 2 },
  gdas: { epochs: 2 },
  dartsMinus: { epochs: 2 },
  sdartsRs: { epochs: 2 },
  sdartsAdv: { epochs: 2, steps: 2 },
};
/** What the room has but `defineStrategy`: a strategy that is added there is tested here. */
export const strategies: readonly StrategySettings[] = Object.entries(room)
  .filter(([name]) => name !== 'defineStrategy')
  .map(([name, make]) => (make as (given?: object) => StrategySettings)(options[name]));

/** Strategies that tests define, which the other tests of their process come to know. */
const OF_TESTS = ['annealed', 'watched'];

/** The names that are told to whoever asks for an unknown strategy, in order. */
export function knownKinds(): string[] {
  try {
    strategyOf({ kind: 'darts-pt' });
  } catch (error) {
    const [, names] =
      /^strategyOf: unknown strategy, known are (.+), got 'darts-pt'; correct the name, or define it with defineStrategy\(\)$/.exec(
        (error as Error).message,
      )!;
    return names!.split(', ').filter((kind) => !OF_TESTS.includes(kind));
  }
  throw new Error("strategyOf knows 'darts-pt'");
}

/** Whether a strategy is defined for a space: partial channels need cells, an auxiliary skip connection one to stand beside. */
export function isFor({ kind }: StrategySettings, space: SearchSpace): boolean {
  if (kind === 'pc-darts') return space.kind !== 'mobile';
  return kind !== 'darts-minus' || (space.primitives as readonly string[]).includes('skip_connect');
}
