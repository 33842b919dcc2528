import { rangeError } from '../errors';
import { genotypeMixture } from '../genotype';
import type { CheckpointStore } from '../runs';
import { decodeCheckpoint, encodeCheckpoint } from '../runs/checkpoint';
import { describeDifferences, differences } from '../runs/differences';
import type { SearchSpace } from '../spaces';
import type { SearchResult } from './events';

/** Where a run stands. */
export interface StoredFind<S extends SearchSpace> {
  /** What the search ended in; undefined while it goes on. */
  readonly searched: SearchResult<S> | undefined;
  /** The checkpoint of the search, or of the training once there is a result; undefined before its first. */
  readonly run: Uint8Array | undefined;
}

const pack = <S extends SearchSpace>(settings: object, { searched, run }: StoredFind<S>): Uint8Array => {
  // The bytes of a run are kept as they are, in place of numbers.
  const data = new Float32Array(Math.ceil((run?.length ?? 0) / 4));
  if (run) new Uint8Array(data.buffer).set(run);
  return encodeCheckpoint({
    meta: { find: settings, searched: searched ?? null, bytes: run?.length ?? 0 },
    tensors: [{ name: 'run', shape: [data.length], data }],
  });
};

/** Stores where a run stands. */
export const storeFind = async <S extends SearchSpace>(
  store: CheckpointStore | undefined,
  settings: object,
  at: StoredFind<S>,
): Promise<void> => store?.save(pack(settings, at));

/** A store for the checkpoints of one part of a run. */
export function partStore<S extends SearchSpace>(
  store: CheckpointStore,
  settings: object,
  searched?: SearchResult<S>,
): CheckpointStore {
  return {
    location: store.location,
    save: (run) => storeFind(store, settings, { searched, run }),
    load: () => store.load(),
    check: async () => store.check?.(),
  };
}

/**
 * Where the run in a store stands; undefined if it holds none.
 *
 * @throws RangeError for what is no such run, or one with other settings.
 */
export async function loadFind<S extends SearchSpace>(
  store: CheckpointStore | undefined,
  space: S,
  settings: object,
): Promise<StoredFind<S> | undefined> {
  const stored = await store?.load();
  if (!store || !stored) return undefined;
  const { meta, tensors } = decodeCheckpoint(stored);
  const { find, searched, bytes } = Object(meta) as {
    readonly find?: object;
    readonly searched: SearchResult<S> | null;
    readonly bytes: number;
  };
  const remedy = 'give another store';
  const data = tensors.find(({ name }) => name === 'run')?.data;
  if (!find || !data || !(bytes <= data.byteLength) || (searched && !Array.isArray(searched.history)))
    throw rangeError('findNetwork', `'${store.location}' must hold a run of findNetwork()`, meta, remedy);
  const found = differences(find, settings);
  if (found.length > 0)
    throw new RangeError(
      `findNetwork: '${store.location}' is of a run with other settings, got ${describeDifferences(found)}; go on with its settings, or ${remedy}`,
    );
  // Refuses what no search of the space has found.
  if (searched) genotypeMixture(space, searched.genotype);
  const run = bytes > 0 ? new Uint8Array(data.buffer, data.byteOffset, bytes) : undefined;
  return { searched: searched ?? undefined, run };
}
