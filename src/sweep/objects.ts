/** An object as it was read. */
export interface StoredObject {
  readonly bytes: Uint8Array;
  /** What identifies this state of it, for {@link ObjectStorage.replace}. */
  readonly tag: string;
}

/** Named bytes somewhere else, each written whole or not at all. A name is a folder and, behind a slash, what is in it. */
export interface ObjectStorage {
  /** Where it is, for messages; without passwords. */
  readonly location: string;
  get(name: string): Promise<StoredObject | undefined>;
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Makes an object; of any number of callers one succeeds, undefined if there is one already. @returns Its tag. */
  create(name: string, bytes: Uint8Array): Promise<string | undefined>;
  /** Replaces an object that is still in the state of the tag; undefined if it is not. @returns Its new tag. */
  replace(name: string, bytes: Uint8Array, tag: string): Promise<string | undefined>;
  remove(name: string): Promise<void>;
  /** Names of what is in a folder, without the folder's. */
  list(folder: string): Promise<readonly string[]>;
  /** Ends the connection. */
  close(): Promise<void>;
}
