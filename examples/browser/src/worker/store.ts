import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { CheckpointStore, EpochRecord } from 'noisydarts';
import type { RunSettings } from '../protocol';
import type { Pictures } from './pictures';

interface Stored {
  settings: RunSettings;
  /** Of a folder only. */
  pictures: Pictures;
  history: readonly EpochRecord[];
  checkpoint: Uint8Array;
}

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

  /** Replaces whatever run was kept, in one transaction. */
  async begin(settings: RunSettings, pictures: Pictures | undefined): Promise<void> {
    const { store, done } = this.#database.transaction('run', 'readwrite');
    void store.clear();
    void store.put(settings, 'settings');
    if (pictures) void store.put(pictures, 'pictures');
    await done;
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
