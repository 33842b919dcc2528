import { type EstimateMemoryOptions, estimateMemory, type Supernet } from 'noisydarts/supernet';
import { median } from '../costs/spread';

/** A run's event as far as a dry run looks at it. */
interface RunEvent {
  readonly type: string;
}

/** A step of a run. */
interface StepEvent extends RunEvent {
  readonly type: 'step';
  readonly stepsPerEpoch: number;
  readonly epochs: number;
}

/** What a run would be, from its first steps. */
export interface DryRun {
  /** What the command line comes to. */
  readonly settings: object;
  readonly parameters: number;
  readonly steps: number;
  /** Median of the steps after the first. */
  readonly secondsPerStep: number;
  /** All steps at that, without what comes between epochs. */
  readonly hours: number;
  /** What a step of a search needs at its peak, by `estimateMemory()`, MB; nothing is known of a training before it runs. */
  readonly estimatedMb?: number;
  /** Largest resident memory of the process so far, MB. */
  readonly memoryMb: number;
}

/** Steps that are run: the first one brings kernels up, the others are measured. */
const STEPS = 4;

const isStep = (event: RunEvent): event is StepEvent => event.type === 'step';

/** How many numbers the weights of a supernet are, alpha apart. */
export const countParameters = (supernet: {
  weightVariables(): readonly { readonly size: number }[];
}): number => supernet.weightVariables().reduce((sum, { size }) => sum + size, 0);

/** What {@link estimateMemory} says of a supernet's steps, in the words of a dry run. */
export const estimatedMb = (
  supernet: Supernet,
  { batchSize, inputShape }: EstimateMemoryOptions,
): Pick<DryRun, 'estimatedMb'> => ({
  estimatedMb: Math.round(estimateMemory(supernet, { batchSize, inputShape }).bytes / 1e6),
});

/** Settings, a line each. */
export const describeSettings = (settings: object): string[] =>
  Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}`);

/** `3.4 minutes`, `2.5 hours`. */
export const describeHours = (hours: number): string =>
  hours < 1 ? `${(60 * hours).toFixed(1)} minutes` : `${hours.toFixed(1)} hours`;

/** What a dry run says, to programs in JSON. */
export function describeDryRun(run: DryRun, json: boolean): string {
  if (json) return JSON.stringify(run);
  const { settings, parameters, steps, secondsPerStep, hours, estimatedMb, memoryMb } = run;
  const time = `${secondsPerStep.toFixed(3)} s each: ${describeHours(hours)} without what comes between epochs`;
  return [
    ...describeSettings(settings),
    `parameters: ${parameters}`,
    `steps: ${steps}, ${time}`,
    `memory: ${estimatedMb === undefined ? '' : `${estimatedMb} MB at the peak of a step, by estimate; `}${memoryMb} MB so far`,
  ].join('\n');
}

/**
 * Runs the first steps of a run, for what all of it would take.
 *
 * @param events - The run; it is left after a few steps.
 * @param about - What is known before.
 */
export async function dryRun(
  events: AsyncIterable<RunEvent>,
  about: Pick<DryRun, 'settings' | 'parameters' | 'estimatedMb'>,
): Promise<DryRun> {
  const seconds: number[] = [];
  let steps = 0;
  let before = performance.now();
  for await (const event of events) {
    if (!isStep(event)) continue;
    steps = event.stepsPerEpoch * event.epochs;
    const now = performance.now();
    seconds.push((now - before) / 1000);
    before = now;
    if (seconds.length === Math.min(STEPS, steps)) break;
  }
  const secondsPerStep = median(seconds.slice(seconds.length > 1 ? 1 : 0));
  return {
    ...about,
    steps,
    secondsPerStep,
    hours: (secondsPerStep * steps) / 3600,
    memoryMb: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
  };
}
