import * as tf from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { type BilevelModel, type ModelBatch, passes } from '../architect';
import { lossOfModel } from '../architect/bilevel-model';
import { requireModel } from '../architect/require-model';
import { withoutTrace, withValues } from '../architect/with-values';
import { checkOptions, type OptionKeys, rangeError, requireObject } from '../errors';
import { type Gradients, lossGradients } from '../optimizers';
import { type Seed, stream } from '../random';
import { type Searchable, taskModel } from '../supernet';
import type { TaskBatch, TaskSettings } from '../tasks';

/** Options of {@link checkGradients}. */
export interface CheckGradientsOptions {
  /** Whose loss. Default: that the model is compiled with; of a supernet classification. */
  readonly task?: TaskSettings;
  /** Directions that each variable is moved along. Default 3. */
  readonly directions?: number;
  /** Length of the differences, relative to that of the variable, above 0. Default 0.01. */
  readonly step?: number;
  /** Largest error that passes, and largest doubt to judge by, relative to the largest difference. Default 0.02. */
  readonly tolerance?: number;
  /** Whether the passes are as in training. Default true. */
  readonly training?: boolean;
  /** Which directions are drawn. Default 0. */
  readonly seed?: Seed;
}

/** What {@link checkGradients} found of one variable. */
export interface VariableGradient {
  /** Its name. */
  readonly variable: string;
  /** Whether it is an alpha or a weight. */
  readonly kind: 'alpha' | 'weight';
  /**
   * `'right'`: the error is within the tolerance, or both gradients are zero within float32. `'wrong'`: it is not, along most
   * directions. `'undecided'`: it is not, but the differences are too rough to judge by, because the loss has kinks there
   * (ReLU, max pooling: a smaller step or a larger batch helps) or draws anew at every pass (a stock dropout).
   */
  readonly verdict: 'right' | 'wrong' | 'undecided';
  /** Largest |gradient - difference| over the largest of both, along the directions. */
  readonly error: number;
  /** The gradient along each direction of unit length. */
  readonly gradients: readonly number[];
  /** What the differences of the loss say. */
  readonly differences: readonly number[];
}

/** What {@link checkGradients} found. Plain JSON. */
export interface GradientCheck {
  /** Whether the verdict is `'right'`. */
  readonly passed: boolean;
  /** `'wrong'` if a variable is, `'undecided'` if more than half of them are, else `'right'`. */
  readonly verdict: 'right' | 'wrong' | 'undecided';
  readonly variables: readonly VariableGradient[];
}

const KEYS = {
  task: true,
  directions: 'count',
  step: true,
  tolerance: true,
  training: 'flag',
  seed: 'seed',
} satisfies OptionKeys<CheckGradientsOptions>;

/** How far float32 may have rounded a loss, relative to it. */
const ROUNDING = 2 ** -20;

type Settings = Required<Omit<CheckGradientsOptions, 'task'>>;

/** The model as two sets of variables and a loss. */
function modelOf(model: unknown, task: TaskSettings | undefined): BilevelModel<unknown> {
  if (model instanceof LayersModel)
    return lossOfModel('checkGradients', model, task && { task }) as BilevelModel<unknown>;
  requireModel('checkGradients', model);
  return (task ? taskModel(model as Searchable, task) : model) as BilevelModel<unknown>;
}

/**
 * Compares the gradients of a model's loss, over every alpha and weight, with differences of that loss: whether layers,
 * operations, kernels and tasks of one's own are differentiated rightly, on the backend in use.
 *
 * Along each random direction d of unit length the gradient g . d stands beside
 * D(h) = (L(w + h d) - L(w - h d)) / (2 h), as (4 D(h/2) - D(h)) / 3: four passes a direction and variable, so take a small
 * model and a small batch. Noise and drop path of this library draw the same in every pass. The model is put back to the bit.
 *
 * ```ts
 * const { verdict, variables } = await checkGradients(model, { x, y }, { task: regression() });
 * ```
 *
 * @param model - A tf.LayersModel with mixed edges or without; a supernet, or any other `BilevelModel`.
 * @param batch - As `fit` takes it, `{ x, y }`; of other models what their loss takes.
 * @throws RangeError or TypeError for bad options, what is no model, and a batch that does not fit it; RangeError where the
 * loss is not finite.
 */
export async function checkGradients<B = ModelBatch | TaskBatch>(
  model: LayersModel | BilevelModel<B>,
  batch: B,
  options: CheckGradientsOptions = {},
): Promise<GradientCheck> {
  const {
    task,
    directions = 3,
    step = 0.01,
    tolerance = 0.02,
    training = true,
    seed = 0,
  } = checkOptions('checkGradients', options, KEYS);
  for (const [name, value] of Object.entries({ step, tolerance }))
    if (!(Number.isFinite(value) && value > 0))
      throw rangeError('checkGradients', `${name} must be above 0`, value, 'leave it out');
  requireObject('checkGradients', 'the batch', batch, 'pass { x, y }');
  const bilevel = modelOf(model, task);
  const settings = { directions, step, tolerance, training, seed };
  const parts = [
    ...bilevel.archVariables().map((variable) => ({ kind: 'alpha' as const, variable })),
    ...bilevel.weightVariables().map((variable) => ({ kind: 'weight' as const, variable })),
  ];
  const loss = () => bilevel.loss(batch, { training, moment: { epoch: 0, step: 0, pass: passes.analysis } });
  const { grads, centre } = await gradientsOf(
    bilevel,
    loss,
    parts.map(({ variable }) => variable),
  );
  try {
    const variables: VariableGradient[] = [];
    for (const [i, { kind, variable }] of parts.entries()) {
      const found = await compare(bilevel, loss, variable, grads[i]!, centre, settings, i);
      variables.push({ variable: variable.name, kind, ...found });
    }
    const count = (verdict: string) => variables.filter((each) => each.verdict === verdict).length;
    const undecided = 2 * count('undecided') > variables.length;
    const verdict = count('wrong') > 0 ? 'wrong' : undecided ? 'undecided' : 'right';
    return { passed: verdict === 'right', verdict, variables };
  } finally {
    tf.dispose(grads.filter((grad) => grad !== null));
  }
}

/** The gradients, and the loss at the variables. */
async function gradientsOf(
  model: BilevelModel<unknown>,
  loss: () => tf.Scalar,
  variables: readonly tf.Variable[],
): Promise<{ readonly grads: Gradients; readonly centre: number }> {
  const taken = withoutTrace(model, () => lossGradients(loss, variables));
  const [centre] = await taken.loss.data();
  taken.loss.dispose();
  if (Number.isFinite(centre)) return { grads: taken.grads, centre: centre! };
  tf.dispose(taken.grads.filter((grad) => grad !== null));
  throw rangeError('checkGradients', 'the loss must be finite', centre, 'pass a batch of finite numbers');
}

/** What differences say of one variable. */
async function compare(
  model: BilevelModel<unknown>,
  loss: () => tf.Scalar,
  variable: tf.Variable,
  grad: tf.Tensor | null,
  centre: number,
  { directions, step, tolerance, seed }: Settings,
  index: number,
): Promise<Omit<VariableGradient, 'variable' | 'kind'>> {
  const values = await variable.data();
  const slope = (await grad?.data()) ?? new Float32Array(values.length);
  const length = Math.hypot(...[0.1 * Math.sqrt(values.length), norm(values)]);
  const rounding = (ROUNDING * Math.max(1, Math.abs(centre))) / (step * length);
  const found: { gradient: number; difference: number; doubt: number }[] = [];
  for (let n = 0; n < directions; n++) {
    const generator = stream(seed, 'checkGradients', index, n).generator();
    const drawn = Float64Array.from(values, () => generator.normal());
    const direction = drawn.map((value) => value / norm(drawn));
    const differ = (h: number) => differences(model, loss, variable, values, direction, h, centre);
    const [whole, half] = [await differ(step * length), await differ((step * length) / 2)];
    const gradient = direction.reduce((sum, value, i) => sum + value * slope[i]!, 0);
    // Of a smooth loss the bend is in proportion to the step, of a kink at its middle it is not.
    const doubt = Math.abs(whole.slope - half.slope) + Math.abs(half.bend - whole.bend / 2);
    found.push({ gradient, difference: (4 * half.slope - whole.slope) / 3, doubt });
  }
  const largest = Math.max(...found.flatMap((each) => [Math.abs(each.gradient), Math.abs(each.difference)]));
  const allowed = tolerance * largest + rounding;
  const off = found.filter(({ gradient, difference }) => !(Math.abs(gradient - difference) <= allowed));
  const sure = off.filter(({ doubt }) => doubt <= allowed);
  const worst = Math.max(...found.map(({ gradient, difference }) => Math.abs(gradient - difference)));
  return {
    verdict: off.length === 0 ? 'right' : 2 * sure.length > directions ? 'wrong' : 'undecided',
    error: largest === 0 ? 0 : worst / largest,
    gradients: found.map(({ gradient }) => gradient),
    differences: found.map(({ difference }) => difference),
  };
}

const norm = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
};

/** The central difference of the loss along a direction, and by how much its two sides differ. */
async function differences(
  model: BilevelModel<unknown>,
  loss: () => tf.Scalar,
  variable: tf.Variable,
  values: ArrayLike<number>,
  direction: Float64Array,
  h: number,
  centre: number,
): Promise<{ readonly slope: number; readonly bend: number }> {
  const losses: number[] = [];
  for (const sign of [1, -1]) {
    const moved = Float32Array.from(direction, (part, i) => values[i]! + sign * h * part);
    const result = tf.tidy(() =>
      withValues([variable], [tf.tensor(moved, variable.shape)], () => withoutTrace(model, loss)),
    );
    losses.push((await result.data())[0]!);
    result.dispose();
  }
  const [ahead, behind] = losses as [number, number];
  return { slope: (ahead - behind) / (2 * h), bend: (ahead - centre - (centre - behind)) / h };
}
