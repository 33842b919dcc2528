import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../optimizers';
import type { CheckpointEvent, ResumedEvent, StepProgress, StoppedEvent } from './events';
import { requireFiniteNumbers } from './finite';
import { keptRun, storage } from './kept';
import type { RunOptions } from './options';
import { addToMeans, meansOf, type RunPosition, type RunRecord } from './position';
import type { KeptRun } from './stored-run';

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
export interface Run<K extends RunKind> extends Omit<KeptRun<never, object>, 'place' | 'restore'> {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** What it remembers at the start. */
  readonly own: K['own'];
  /** Begins an epoch, or goes on within one. */
  begin(at: PositionOf<K>): RunEpoch<K>;
  /** Measures what there is to say at the end of an epoch. */
  end(at: PositionOf<K>, means: Readonly<Record<string, number>>): Promise<EpochEnd<K>>;
  /** Whether the run is to end before its last epoch. Default never. */
  decide?(history: readonly K['record'][]): K['decision'] | null;
  done(at: PositionOf<K>, decision: K['decision'] | null): Promise<K['done']>;
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

const secondsSince = (started: number) => (performance.now() - started) / 1000;

/**
 * Drives a long run through its epochs and iterations; {@link keptRun} has its checkpoints, the signal that stops it, and its
 * errors. A resumed run goes on as if it had never stopped.
 *
 * At the end of an epoch the state is stored before the epoch is reported, so that whatever the reader of the events does
 * with it costs no work. A state or a record that is not finite ends the run and is never stored.
 *
 * @throws RangeError or TypeError for a checkpoint that is not of this run; the run's `Failure` for what happens on the way.
 */
export async function* drive<K extends RunKind>(
  run: Run<K>,
  options: RunOptions,
): AsyncGenerator<RunEvent<K>, void, undefined> {
  const { fn, epochs, stepsPerEpoch } = run;
  const { everyEpochs = 1 } = options.checkpoint ?? {};
  const stored = options.resume && (await storage());
  const kept = await keptRun(
    {
      ...run,
      place: ({ epoch, step }: PositionOf<K>) => ({ epoch, step }),
      restore(position, more) {
        const restored = stored!.checkPosition<K['record'], K['own']>(fn, position, run);
        run.restore(restored, more);
        return restored;
      },
    },
    options,
    { ...EPOCH_START, epoch: 0, step: 0, history: [], own: run.own },
  );
  const timed = { steps: 0, seconds: 0 };

  async function* steps(): AsyncGenerator<StepProgress & K['step'], void, undefined> {
    try {
      const { batches, step: take } = run.begin(kept.at);
      for await (const batch of batches) {
        const started = performance.now();
        const { epoch, step, stepInEpoch } = kept.at;
        const {
          values,
          event,
          own = kept.at.own,
        } = await take(batch, step).finally(() => tf.dispose({ ...batch }));
        const seconds = secondsSince(started);
        timed.steps += 1;
        timed.seconds += seconds;
        kept.at = {
          ...kept.at,
          own,
          step: step + 1,
          stepInEpoch: stepInEpoch + 1,
          means: addToMeans(kept.at.means, values, batch.size),
          seconds: kept.at.seconds + seconds,
        };
        yield {
          type: 'step',
          epoch,
          step,
          stepInEpoch,
          stepsPerEpoch,
          epochs,
          ...event(meansOf(kept.at.means)),
          imagesPerSecond: batch.size / seconds,
          secondsLeft: (epochs * stepsPerEpoch - kept.at.step) * (timed.seconds / timed.steps),
        };
      }
    } catch (error) {
      throw kept.failure(error);
    }
  }

  const endEpoch = async (): Promise<RunEvent<K>[]> => {
    const started = performance.now();
    const { epoch } = kept.at;
    const { record: measured, own, events } = await run.end(kept.at, meansOf(kept.at.means));
    const record = { epoch, ...measured, seconds: kept.at.seconds + secondsSince(started) } as K['record'];
    requireFiniteNumbers(fn, record);
    kept.at = {
      ...EPOCH_START,
      epoch: epoch + 1,
      step: kept.at.step,
      history: [...kept.at.history, record],
      own,
    };
    return [...events, { type: 'epoch', epochs, ...record }];
  };

  const decide = () =>
    (kept.at.epoch > 0 && kept.at.stepInEpoch === 0 && run.decide?.(kept.at.history)) || null;

  let decision = decide();
  if (kept.at.epoch < epochs && !decision)
    yield* kept.begin({ history: kept.at.history }) as AsyncGenerator<ResumedEvent<K['record']>>;
  while (kept.at.epoch < epochs && !decision) {
    for await (const event of steps()) {
      yield event;
      if (yield* kept.pause(kept.at.step)) return;
    }
    const events = await kept.guarded(endEpoch());
    const due = kept.at.epoch % everyEpochs === 0 || kept.at.epoch === epochs;
    const saved = due ? await kept.save() : [];
    yield* events;
    decision = decide();
    yield* decision && !due ? await kept.save() : saved;
  }
  yield await kept.guarded(run.done(kept.at, decision));
}
