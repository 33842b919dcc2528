import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import cliProgress from 'cli-progress';
import type { DetectorEpochEvent, DetectorStepEvent, DetectorTrainingEvent } from '../detection';
import { checkOptions } from '../errors';
import type { FindEvent } from '../find';
import type { TrainingEpochEvent, TrainingEvent, TrainingStepEvent } from '../network';
import type { EpochEvent, SearchEvent, StepEvent } from '../search';
import type { SelectionDecision, SelectionEvent, TrialEvent, TuneEvent } from '../selection';
import type { AnySpace } from '../spaces';
import { formatLoss, formatPercent, formatSeconds } from './format';
import { formatMetric, gapMetrics, metricLabel, trainMetrics, validMetrics } from './metrics';
import { requireEvents } from './require-events';
import { countSkips } from './skips';

/** Options of {@link withProgress}. */
export interface ProgressOptions {
  /** Where to draw. Default: standard error. */
  readonly stream?: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/** An event of a run that {@link withProgress} shows. */
export type ProgressEvent =
  | SearchEvent
  | TrainingEvent
  | FindEvent
  | DetectorTrainingEvent
  | SelectionEvent<AnySpace>;
/** A step of a run, and what a selection takes in place of steps. */
type AnyStepEvent = StepEvent | TrainingStepEvent | DetectorStepEvent | TrialEvent | TuneEvent;

const isStep = (event: ProgressEvent): event is AnyStepEvent =>
  event.type === 'step' || event.type === 'trial' || event.type === 'tune';

/** Seconds between two lines about steps where there is no terminal to draw a bar on. */
const QUIET = 60;

/**
 * Passes the events of a search, a selection, a training, also of a detector, or `findNetworkEvents` through and shows its
 * progress: on a terminal a bar with epoch, step, loss, accuracy, images a second and time left; elsewhere plain lines, one a
 * minute. After every epoch, and every decision of a selection, one line stays.
 *
 * ```ts
 * for await (const event of withProgress(search(options))) { ... }
 * ```
 */
export async function* withProgress<E extends ProgressEvent>(
  events: AsyncIterable<E>,
  options: ProgressOptions = {},
): AsyncGenerator<E, void, undefined> {
  requireEvents('withProgress', events);
  const { stream = process.stderr } = checkOptions('withProgress', options, { stream: 'object' });
  const display = stream.isTTY ? terminalDisplay(stream) : plainDisplay(stream);
  try {
    for await (const passed of events) {
      const event: ProgressEvent = passed;
      if (event.type === 'searched')
        display.line(`the search is done; training the network of the genotype of epoch ${event.epoch + 1}`);
      if (event.type === 'tested')
        display.line(`test loss ${formatLoss(event.test.loss)}${toldMetrics(event.test.metrics)}`);
      if (event.type === 'resumed' && event.otherKernels) {
        const { stored, now } = event.otherKernels;
        display.line(
          `the checkpoint was computed by ${stored}, the run goes on with ${now ?? 'other kernels'}: the last bits will differ`,
        );
      }
      if (isStep(event)) display.step(event);
      if (event.type === 'decision') display.line(decisionLine(event));
      if (event.type === 'epoch') display.line(epochLine(event));
      if (event.type === 'stopped')
        display.line(
          'epoch' in event
            ? `stopped in epoch ${event.epoch + 1}, after step ${event.step} of the run`
            : `stopped after decision ${event.decision} and step ${event.step} of the selection`,
        );
      if (event.type === 'done' && 'decision' in event && event.decision)
        display.line(
          `stopped by policy: ${event.decision.stop}; the genotype is that of epoch ${event.epoch + 1}`,
        );
      yield passed;
      // On a backend that never waits for a device, nothing else would let signals and timers through.
      if (isStep(event)) await setImmediate();
    }
  } finally {
    display.end();
  }
}

interface Display {
  step(event: AnyStepEvent): void;
  /** Writes a line that stays. */
  line(text: string): void;
  end(): void;
}

function terminalDisplay(stream: NonNullable<ProgressOptions['stream']>): Display {
  const bar = new cliProgress.SingleBar({
    stream,
    format: '{bar} {status}',
    barsize: Math.min(28, Math.max(6, (stream.columns ?? 80) - 92)),
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    // Cuts the line instead of switching the terminal's wrapping off, which a killed process would leave off.
    linewrap: true,
    // Interrupts are the caller's to handle.
    gracefulExit: false,
  });
  return {
    step(event) {
      const { done, total } = workOf(event);
      const payload = { status: statusOf(event) };
      if (bar.isActive) bar.update(done, payload);
      else bar.start(total ?? 0, done, payload);
    },
    line(text) {
      bar.stop();
      stream.write(`${text}\n`);
    },
    end: () => bar.stop(),
  };
}

function plainDisplay(stream: Writable): Display {
  let written = performance.now();
  const line = (text: string) => {
    written = performance.now();
    stream.write(`${text}\n`);
  };
  return {
    step(event) {
      if (performance.now() - written >= 1000 * QUIET) line(statusOf(event));
    },
    line,
    end() {},
  };
}

/** How much of a run is done, and of how much; null where that is not known. */
const workOf = (event: AnyStepEvent): { readonly done: number; readonly total: number | null } =>
  event.type === 'step'
    ? {
        done: event.epoch * event.stepsPerEpoch + event.stepInEpoch + 1,
        total: event.epochs * event.stepsPerEpoch,
      }
    : event;

function statusOf(event: AnyStepEvent): string {
  if (event.type === 'step') return stepStatus(event);
  const { secondsLeft } = event;
  return [
    ...(event.type === 'trial'
      ? [event.about, `loss ${formatLoss(event.loss)}${toldMetrics(event.metrics)}`]
      : ['tuning', `loss ${formatLoss(event.trainLoss)}`, `${Math.round(event.imagesPerSecond)} images/s`]),
    `${secondsLeft === null ? '?' : formatSeconds(secondsLeft)} left`,
  ].join('  ');
}

/** What a selection has decided, without what it has decided by. */
function decisionLine({ index, decision }: { readonly index: number; readonly decision: SelectionDecision }) {
  const { what, ...more } = decision;
  const told = Object.entries(more)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name} ${value}`);
  return [`decision ${index + 1}`, what, ...told].join('  ');
}

function stepStatus(event: StepEvent | TrainingStepEvent | DetectorStepEvent): string {
  const { epoch, epochs, stepInEpoch, stepsPerEpoch, trainLoss, imagesPerSecond } = event;
  const metrics = 'trainAccuracy' in event ? Object.entries(trainMetrics(event)) : [];
  return [
    `epoch ${epoch + 1}/${epochs}`,
    `step ${stepInEpoch + 1}/${stepsPerEpoch}`,
    `loss ${formatLoss(trainLoss)}`,
    ...metrics.map(([name, value]) => `${metricLabel(name)} ${formatMetric(name, value)}`),
    `${Math.round(imagesPerSecond)} images/s`,
    `${formatSeconds(event.secondsLeft)} left`,
  ].join('  ');
}

/** Values of metrics with their labels, of those that are named. */
const toldMetrics = (values: Readonly<Record<string, number>>, names = Object.keys(values)) =>
  names.map((name) => ` ${metricLabel(name)} ${formatMetric(name, values[name])}`).join('');

function epochLine(event: EpochEvent | TrainingEpochEvent | DetectorEpochEvent): string {
  const { epoch, epochs, trainLoss, seconds } = event;
  const number = `epoch ${String(epoch + 1).padStart(String(epochs).length)}/${epochs}`;
  if ('figures' in event) {
    const { figures } = event;
    const told = figures
      ? [`AP ${formatPercent(100 * figures.AP)}`, `AP50 ${formatPercent(100 * figures.AP50)}`]
      : [];
    return [number, `train loss ${formatLoss(trainLoss)}`, ...told, formatSeconds(seconds)].join('  ');
  }
  const { validLoss } = event;
  const [trained, valid] = [trainMetrics(event), validMetrics(event)];
  const told = (values: Readonly<Record<string, number>>) => toldMetrics(values, Object.keys(trained));
  const diagnostics = 'diagnostics' in event ? event.diagnostics : undefined;
  return [
    number,
    `train loss ${formatLoss(trainLoss)}${told(trained)}`,
    `valid loss ${formatLoss(validLoss)}${told(valid)}`,
    ...('genotype' in event ? [`skips ${countSkips(event.genotype).join('+')}`] : []),
    ...(diagnostics?.eigenvalue ? [`eigenvalue ${diagnostics.eigenvalue.max.toPrecision(3)}`] : []),
    ...(diagnostics?.gap ? [`derived${told(gapMetrics(diagnostics.gap.derived))}`] : []),
    formatSeconds(seconds),
  ].join('  ');
}
