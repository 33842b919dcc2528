import * as tf from '@tensorflow/tfjs-core';
import type { BilevelModel } from '../architect';
import { requireModel } from '../architect/require-model';
import { withoutTrace, withValues } from '../architect/with-values';
import { checkOptions, rangeError, requireList } from '../errors';
import { type Seed, stream } from '../random';
import { type AlphaProbeOptions, analysisMoment } from './alpha-probe';
import { filterDirection } from './filter-direction';

/** Options of {@link lossLandscape}. */
export interface LossLandscapeOptions extends AlphaProbeOptions {
  /** What moves: weights and alphas together, or one of them while the other stays. Default `'both'`. */
  readonly over?: 'both' | 'weights' | 'alpha';
  /** Points along each direction, at least 2; an odd number has one at the centre. Default 21. */
  readonly points?: number;
  /** Distance of the outermost points from the centre, in lengths of a direction. Default 1. */
  readonly radius?: number;
  /** Seed of the two directions. Default 0. */
  readonly seed?: Seed;
  /** A landscape begun earlier with the same options, to go on with. */
  readonly resume?: LossLandscape;
  /** Stops after the point in progress. */
  readonly signal?: AbortSignal;
}

/** A loss over a plane through the parameters: plain JSON. */
export interface LossLandscape {
  /** What moved. */
  readonly over: 'both' | 'weights' | 'alpha';
  /** Whether the passes were as in training. */
  readonly training: boolean;
  /** Seed of the directions. */
  readonly seed: Seed;
  /** Coordinates of the points, the same along both directions. */
  readonly coordinates: readonly number[];
  /** The loss at the parameters themselves. */
  readonly centre: number;
  /**
   * The losses known so far, row by row: number i is at `coordinates[i % n]` along the first direction and at
   * `coordinates[floor(i / n)]` along the second. Null where the loss is not finite. Whole if n * n long.
   */
  readonly loss: readonly (number | null)[];
}

/** What {@link lossLandscape} reports: every point, then that it is done or was stopped by its signal. */
export interface LossLandscapeEvent {
  readonly type: 'point' | 'done' | 'stopped';
  /** Points known. */
  readonly done: number;
  /** Points in all. */
  readonly total: number;
  /** All that is known. */
  readonly landscape: LossLandscape;
}

/** Along one direction; the losses are its square. */
const MOST_POINTS = 10_000;

type Settings = Required<Pick<LossLandscapeOptions, 'over' | 'points' | 'radius' | 'seed' | 'training'>>;

function checked(options: LossLandscapeOptions): Settings {
  const {
    over = 'both',
    points = 21,
    radius = 1,
    seed = 0,
    training = true,
  } = checkOptions('lossLandscape', options, {
    over: ['both', 'weights', 'alpha'],
    points: [2, MOST_POINTS],
    radius: 'positive',
    seed: 'seed',
    training: 'flag',
    moment: 'object',
    resume: 'object',
    signal: 'object',
  });
  return { over, points, radius, seed, training };
}

/**
 * The loss of a model around its parameters, over a plane along two random directions d and e:
 * L(theta + x d + y e) for x and y on a grid from -radius to radius.
 *
 * Theta is weights and alphas together (or one of them). The directions are normalised filter by filter, so that networks
 * whose filters differ in size can be compared: at x = 1 every filter and every edge's alpha has moved by its own length.
 * Scales, offsets and biases stay.
 *
 * An async iterator of events. Between them, and after it was left, the model's parameters and running statistics are
 * what they were, to the bit. A landscape is plain JSON; one that was stopped goes on with `resume`.
 *
 * @param batches - The loss is the mean over them; of equal size, if it is to be the mean over all images.
 * @throws RangeError if there is no batch, an option is out of range, the loss at the parameters is not finite, or the
 * landscape to go on with is another one's.
 *
 * Source: Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets", section 4.
 */
export async function* lossLandscape<B>(
  model: BilevelModel<B>,
  batches: readonly B[],
  options: LossLandscapeOptions = {},
): AsyncGenerator<LossLandscapeEvent, void, undefined> {
  const { resume, signal } = options;
  const settings = checked(options);
  const { over, points, radius, seed, training } = settings;
  requireModel('lossLandscape', model);
  const { moment = analysisMoment(model) } = options;
  requireList('lossLandscape', 'batches', batches, 'pass [batch]');
  if (batches.length === 0)
    throw rangeError('lossLandscape', 'there must be at least one batch', batches, 'pass [batch]');
  const coordinates = Array.from({ length: points }, (_, i) => radius * ((2 * i) / (points - 1) - 1));
  const plane = await createPlane(model, settings);
  const lossAt = (x: number, y: number): Promise<number> =>
    plane.at(x, y, () =>
      tf.tidy(() => {
        const losses = batches.map((batch) => model.loss(batch, { training, moment }));
        return tf.mean(tf.stack(losses)) as tf.Scalar;
      }),
    );
  try {
    const centre = await lossAt(0, 0);
    if (!Number.isFinite(centre))
      throw rangeError(
        'lossLandscape',
        'the loss at the parameters must be finite',
        centre,
        'go back to before the search diverged',
      );
    const landscape = { over, training, seed, coordinates, centre, loss: [...(resume?.loss ?? [])] };
    if (resume) checkSame(resume, landscape);
    const total = points * points;
    const event = (type: LossLandscapeEvent['type']): LossLandscapeEvent => ({
      type,
      done: landscape.loss.length,
      total,
      landscape: { ...landscape, loss: [...landscape.loss] },
    });
    while (landscape.loss.length < total) {
      if (signal?.aborted) {
        yield event('stopped');
        return;
      }
      const i = landscape.loss.length;
      const value = await lossAt(coordinates[i % points]!, coordinates[Math.floor(i / points)]!);
      landscape.loss.push(Number.isFinite(value) ? value : null);
      yield event('point');
    }
    yield event('done');
  } finally {
    plane.dispose();
  }
}

/** The plane that two directions span around the parameters. */
interface Plane {
  /** The loss at a point of the plane; the model's parameters and running statistics come back. */
  at(x: number, y: number, loss: () => tf.Scalar): Promise<number>;
  dispose(): void;
}

async function createPlane<B>(model: BilevelModel<B>, { over, seed }: Settings): Promise<Plane> {
  const part = (kind: 'weights' | 'alpha', of: readonly tf.Variable[]) =>
    of.map((variable, index) => ({ kind, variable, index }));
  const parts = [
    ...(over === 'alpha' ? [] : part('weights', model.weightVariables())),
    ...(over === 'weights' ? [] : part('alpha', model.archVariables())),
  ];
  const variables = parts.map(({ variable }) => variable);
  // Read before anything is kept, so that a device that fails leaves nothing behind.
  const values = (await Promise.all(variables.map((variable) => variable.data()))) as Float32Array[];
  const directions = [0, 1].map((axis) =>
    parts.map(({ kind, variable: { shape }, index }, i) => {
      const draws = stream(seed, 'lossLandscape', axis, kind, index);
      return tf.tensor(filterDirection(kind, values[i]!, shape, draws), shape);
    }),
  );
  return {
    async at(x, y, loss) {
      const result = tf.tidy(() => {
        const moved = variables.map((variable, i) =>
          tf.add(variable, tf.add(tf.mul(directions[0]![i]!, x), tf.mul(directions[1]![i]!, y))),
        );
        return withValues(variables, moved, () => withoutTrace(model, loss));
      });
      const [value] = await result.data();
      result.dispose();
      return value!;
    },
    dispose: () => tf.dispose(directions),
  };
}

/** Refuses to go on with a landscape of another plane, model or data. */
function checkSame(resume: LossLandscape, own: LossLandscape): void {
  const { loss: _, ...theirs } = resume;
  const { loss: __, ...ours } = own;
  const differing = Object.entries(ours)
    .filter(
      ([key, value]) => JSON.stringify(value) !== JSON.stringify((theirs as typeof ours)[key as 'over']),
    )
    .map(([key]) => key);
  if (differing.length > 0)
    throw rangeError(
      'lossLandscape',
      `the landscape to resume is another one (${differing.join(', ')})`,
      Object.fromEntries(differing.map((key) => [key, (theirs as typeof ours)[key as 'over']])),
      'resume with the same parameters, data and options',
    );
}
