import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { CheckpointStore, EpochRecord, Genotype } from 'noisydarts';
import type { LatencyTable } from 'noisydarts/costs';
import type { RunSettings } from '../protocol';
import type { Pictures } from './pictures';

/** What a search has found, with or without a limit. */
export interface FoundGenotype {
  readonly limit: number | null;
  readonly genotype: Genotype;
  readonly accuracy: number | null;
}

interface Stored {
  settings: RunSettings;
  /** Of a folder only. */
  pictures: Pictures;
  history: readonly EpochRecord[];
  checkpoint: Uint8Array;
  /** What was measured on this device. */
  table: LatencyTable;
  /** What the searches have found that differ in their limit alone. */
  found: readonly FoundGenotype[];
}

/** Of the run itself. */
const RUN = ['settings', 'pictures', 'history', 'checkpoint'] as const;

const withoutLimit = ({ limit: _, ...others }: RunSettings) => JSON.stringify(others);

interface Schema extends DBSchema {
  run: { key: keyof Stored; value: Stored[keyof Stored] };
}

/** The one run that the browser keeps: its settings, pictures, history and checkpoint in IndexedDB. */
export class RunStore {
  readonly #database: IDBPDatabase<Schema>;

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  /** @throws Error if the browser gives no storage, as some do in private windows. */
  static async open(): Promise<RunStore> {
    try {
      return new RunStore(
        await openDB<Schema>('noisydarts', 1, {
          upgrade: (database) => void database.createObjectStore('run'),
        }),
      );
    } catch (error) {
      throw new Error(
        `This browser gives the page no storage (${(error as Error).message}). Allow it for this site, or leave the private window.`,
        { cause: error },
      );
    }
  }

  async get<K extends keyof Stored>(key: K): Promise<Stored[K] | undefined> {
    return (await this.#database.get('run', key)) as Stored[K] | undefined;
  }

  /**
   * Replaces whatever run was kept, in one transaction. What other runs have found stays where these differ in the limit alone.
   *
   * @param anew - Whether the pictures are others than before.
   */
  async begin(settings: RunSettings, pictures: Pictures | undefined, anew: boolean): Promise<void> {
    const before = await this.get('settings');
    const { store, done } = this.#database.transaction('run', 'readwrite');
    for (const key of RUN) void store.delete(key);
    if (anew || !before || withoutLimit(before) !== withoutLimit(settings)) void store.delete('found');
    void store.put(settings, 'settings');
    if (pictures) void store.put(pictures, 'pictures');
    await done;
  }

  async setTable(table: LatencyTable): Promise<void> {
    await this.#database.put('run', table, 'table');
  }

  /** Keeps what a search has found, one of a limit. */
  async addFound(one: FoundGenotype): Promise<void> {
    const others = ((await this.get('found')) ?? []).filter(({ limit }) => limit !== one.limit);
    await this.#database.put('run', [...others, one], 'found');
  }

  async setHistory(history: readonly EpochRecord[]): Promise<void> {
    await this.#database.put('run', history, 'history');
  }

  /** Where `search()` puts its checkpoints. A transaction of IndexedDB is atomic, as the interface asks for. */
  checkpoints(): CheckpointStore {
    return {
      location: "the browser's storage",
      save: async (bytes) => {
        await this.#database.put('run', bytes, 'checkpoint');
      },
      load: () => this.get('checkpoint'),
    };
  }
}
