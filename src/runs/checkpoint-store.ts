/** Where checkpoints go: a file, IndexedDB, memory. Saving must be atomic: a reader sees the old one or the new one. */
export interface CheckpointStore {
  /** Replaces the stored checkpoint. */
  save(bytes: Uint8Array): Promise<void>;
  /** The stored checkpoint, or undefined if there is none. */
  load(): Promise<Uint8Array | undefined>;
  /** Throws if nothing can be saved there; a run asks before its first step. Default: not known. */
  check?(): Promise<void>;
  /** Where it is, for messages. */
  readonly location: string;
}

/** Keeps the checkpoint in memory. */
export function memoryStore(): CheckpointStore {
  let stored: Uint8Array | undefined;
  return {
    location: 'memory',
    save: async (bytes) => {
      stored = bytes.slice();
    },
    load: async () => stored?.slice(),
  };
}
