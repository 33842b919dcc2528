import type { RunOptions } from './options';
import type { KeptRun } from './stored-run';

/** Loaded by the runs that store their state. */
export const storage = () => import('./stored-run');

/**
 * What runs of all kinds share: their position, which is stored and gone on from, the signal that stops them, and errors that
 * say where they stopped and where the last good state is.
 *
 * @param start - Where it starts: plain JSON.
 * @throws RangeError or TypeError for a checkpoint that is not of this run.
 */
export async function keptRun<At, Place extends object>(
  run: KeptRun<At, Place>,
  { checkpoint, resume, signal }: RunOptions,
  start: At,
) {
  const { store, everySteps } = checkpoint ?? {};
  const resumed = resume && (await storage()).resumeRun(run, resume);
  let stored = resumed ? 'the one resumed from' : 'none';
  const told = () =>
    Object.entries(run.place(kept.at))
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const kept = {
    at: resumed ? resumed.at : start,
    /** The error of what has gone wrong. */
    failure(error: unknown) {
      const message = error instanceof Error ? error.message : String(error);
      const [first, second] = Object.values(run.place(kept.at));
      return new run.Failure(
        `${run.fn}: stopped at ${told()}: ${message}; last good checkpoint: ${stored}`,
        first,
        second,
        { cause: error },
      );
    },
    guarded: <T>(work: Promise<T>): Promise<T> =>
      work.catch((error: unknown) => {
        throw kept.failure(error);
      }),
    /** Stores the state, if there is a store; what there is to report. */
    async save() {
      if (!store) return [];
      const event = await kept.guarded(storage().then(({ saveRun }) => saveRun(run, kept.at, store)));
      stored = `${store.location} (${told()})`;
      return [event];
    },
    /** Before the first step of a run that has some left. */
    async *begin<Done extends object>(done: Done) {
      await store?.check?.();
      if (resumed) yield { ...resumed.event, ...done };
    },
    /**
     * After a step, of so many: stores the state where that is due.
     *
     * @returns Whether the run is to stop.
     */
    async *pause(steps: number) {
      if (signal?.aborted) {
        yield* await kept.save();
        yield { type: 'stopped' as const, ...run.place(kept.at) };
        return true;
      }
      if (everySteps && steps % everySteps === 0) yield* await kept.save();
      return false;
    },
  };
  return kept;
}
