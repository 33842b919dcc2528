import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../optimizers';
import type { CheckpointEvent, OtherKernels, ResumedEvent, StepProgress, StoppedEvent } from './events';
import { requireFiniteNumbers } from './finite';
import type { RunOptions } from './options';
import { addToMeans, checkPosition, meansOf, type RunPosition, type RunRecord } from './position';
import type { RunError } from './run-error';
import type { StoredParts } from './stored-run';

/** What differs between kinds of runs, as types. */
export interface RunKind {
  /** What a step takes; its tensors are disposed after the step. */
  readonly batch: { readonly size: number };
  /** What a step event says besides {@link StepProgress}. */
  readonly step: object;
  /** One line of the history. */
  readonly record: RunRecord;
  /** What such a run remembers besides: plain JSON. */
  readonly own: object;
  /** Events of its own before the end of an epoch. */
  readonly event: { readonly type: string };
  /** Why it ends before its last epoch. */
  readonly decision: object;
  /** Its last event. */
  readonly done: { readonly type: 'done' };
}

/** A step that was taken. */
export interface TakenStep<K extends RunKind> {
  /** Means over the batch of what is averaged over the epoch, by name. */
  readonly values: Readonly<Record<string, number>>;
  /** What its event says, from the means over the epoch so far. */
  readonly event: (means: Readonly<Record<string, number>>) => K['step'];
  /** What it remembers now. Default: as before. */
  readonly own?: K['own'];
}

/** An epoch, or the rest of one. */
export interface RunEpoch<K extends RunKind> {
  readonly batches: AsyncIterable<K['batch']>;
  /** One iteration. It throws if a loss is not finite, before anything has moved. */
  step(batch: K['batch'], step: number): Promise<TakenStep<K>>;
}

/** What the end of an epoch gives. */
export interface EpochEnd<K extends RunKind> {
  readonly record: Omit<K['record'], keyof RunRecord>;
  readonly own: K['own'];
  readonly events: readonly K['event'][];
}

type PositionOf<K extends RunKind> = RunPosition<K['record'], K['own']>;

/** What a run of one kind brings; all else is the driver's. */
export interface Run<K extends RunKind> extends StoredParts {
  /** What two runs must have in common for one to go on from the other's checkpoint: plain JSON. */
  readonly settings: Record<string, unknown>;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly Failure: new (...args: ConstructorParameters<typeof RunError>) => RunError;
  /** What it remembers at the start. */
  readonly own: K['own'];
  /** Begins an epoch, or goes on within one. */
  begin(at: PositionOf<K>): RunEpoch<K>;
  /** Measures what there is to say at the end of an epoch. */
  end(at: PositionOf<K>, means: Readonly<Record<string, number>>): Promise<EpochEnd<K>>;
  /** Whether the run is to end before its last epoch. Default never. */
  decide?(history: readonly K['record'][]): K['decision'] | null;
  done(at: PositionOf<K>, decision: K['decision'] | null): Promise<K['done']>;
  /** Tensors to store besides. Default none. */
  more?(): readonly NamedTensor[];
  /** Refuses a stored position that cannot be, and takes in the tensors of {@link Run.more}. */
  restore(at: PositionOf<K>, more: readonly NamedTensor[]): void;
}

/** At the end of every epoch. */
type EpochDone<K extends RunKind> = K['record'] & { readonly type: 'epoch'; readonly epochs: number };

/** Everything that a run of a kind reports. */
export type RunEvent<K extends RunKind> =
  | (StepProgress & K['step'])
  | K['event']
  | EpochDone<K>
  | ResumedEvent<K['record']>
  | CheckpointEvent
  | StoppedEvent
  | K['done'];

const EPOCH_START = { stepInEpoch: 0, means: {}, seconds: 0 };

/** Loaded by the runs that store their state. */
const storage = () => import('./stored-run');

const secondsSince = (started: number) => (performance.now() - started) / 1000;

/**
 * Drives a long run: its epochs and iterations, checkpoints, the signal that stops it, and errors that say where it stopped
 * and where the last good state is. A resumed run goes on as if it had never stopped.
 *
 * At the end of an epoch the state is stored before the epoch is reported, so that whatever the reader of the events does
 * with it costs no work. A state or a record that is not finite ends the run and is never stored.
 *
 * @throws RangeError or TypeError for a checkpoint that is not of this run; the run's `Failure` for what happens on the way.
 */
export async function* drive<K extends RunKind>(
  run: Run<K>,
  { checkpoint, resume, signal }: RunOptions,
): AsyncGenerator<RunEvent<K>, void, undefined> {
  const { fn, settings, epochs, stepsPerEpoch } = run;
  const { store, everyEpochs = 1, everySteps = Number.POSITIVE_INFINITY } = checkpoint ?? {};
  let otherKernels: OtherKernels | undefined;
  let at: PositionOf<K> = resume
    ? (await storage()).unpackRun(resume, run, settings, (position, more, others) => {
        otherKernels = others;
        const restored = checkPosition<K['record'], K['own']>(fn, position, run);
        run.restore(restored, more);
        return restored;
      })
    : { ...EPOCH_START, epoch: 0, step: 0, history: [], own: run.own };
  let stored = resume ? 'the one resumed from' : 'none';
  const timed = { steps: 0, seconds: 0 };

  const failure = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    return new run.Failure(
      `${fn}: stopped at epoch ${at.epoch}, step ${at.step}: ${message}; last good checkpoint: ${stored}`,
      at.epoch,
      at.step,
      { cause: error },
    );
  };

  async function* steps(): AsyncGenerator<StepProgress & K['step'], void, undefined> {
    try {
      const { batches, step: take } = run.begin(at);
      for await (const batch of batches) {
        const started = performance.now();
        const { epoch, step, stepInEpoch } = at;
        const {
          values,
          event,
          own = at.own,
        } = await take(batch, step).finally(() => tf.dispose({ ...batch }));
        const seconds = secondsSince(started);
        timed.steps += 1;
        timed.seconds += seconds;
        at = {
          ...at,
          own,
          step: step + 1,
          stepInEpoch: stepInEpoch + 1,
          means: addToMeans(at.means, values, batch.size),
          seconds: at.seconds + seconds,
        };
        yield {
          type: 'step',
          epoch,
          step,
          stepInEpoch,
          stepsPerEpoch,
          epochs,
          ...event(meansOf(at.means)),
          imagesPerSecond: batch.size / seconds,
          secondsLeft: (epochs * stepsPerEpoch - at.step) * (timed.seconds / timed.steps),
        };
      }
    } catch (error) {
      throw failure(error);
    }
  }

  const endEpoch = async (): Promise<RunEvent<K>[]> => {
    const started = performance.now();
    const { epoch } = at;
    const { record: measured, own, events } = await run.end(at, meansOf(at.means));
    const record = { epoch, ...measured, seconds: at.seconds + secondsSince(started) } as K['record'];
    requireFiniteNumbers(fn, record);
    at = { ...EPOCH_START, epoch: epoch + 1, step: at.step, history: [...at.history, record], own };
    return [...events, { type: 'epoch', epochs, ...record }];
  };

  const save = async (): Promise<CheckpointEvent[]> => {
    if (!store) return [];
    const { epoch, step } = at;
    const { packRun } = await storage();
    const bytes = await packRun(run, settings, at, run.more?.());
    await store.save(bytes);
    stored = `${store.location} (epoch ${epoch}, step ${step})`;
    return [{ type: 'checkpoint', epoch, step, bytes: bytes.length }];
  };

  const guarded = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw failure(error);
    });

  const decide = () => (at.epoch > 0 && at.stepInEpoch === 0 && run.decide?.(at.history)) || null;

  let decision = decide();
  const going = at.epoch < epochs && !decision;
  if (going) await store?.check?.();
  if (resume && going)
    yield {
      type: 'resumed',
      epoch: at.epoch,
      step: at.step,
      history: at.history,
      ...(otherKernels && { otherKernels }),
    } as ResumedEvent<K['record']>;
  while (at.epoch < epochs && !decision) {
    for await (const event of steps()) {
      yield event;
      if (signal?.aborted) {
        yield* await guarded(save());
        yield { type: 'stopped', epoch: at.epoch, step: at.step };
        return;
      }
      if (at.step % everySteps === 0) yield* await guarded(save());
    }
    const events = await guarded(endEpoch());
    const due = at.epoch % everyEpochs === 0 || at.epoch === epochs;
    const saved = due ? await guarded(save()) : [];
    yield* events;
    decision = decide();
    yield* decision && !due ? await guarded(save()) : saved;
  }
  yield await guarded(run.done(at, decision));
}
