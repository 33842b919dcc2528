import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { makeFolder } from '../node/make-folder';
import { missingIsFine } from '../node/missing-is-fine';
import type { ObjectStorage } from './objects';

/** The files of a job by their paths, each with the SHA-256 of its content. */
type Manifest = Readonly<Record<string, string>>;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * The files of a job in a store of objects: contents by their hash, and a list of them, which is written last. Whoever reads
 * the list finds one state of the folder, whatever moment a writer died at.
 */
export class JobFiles {
  /** Time and size of each file as it was kept, with its hash. */
  private known = new Map<string, { readonly state: string; readonly hash: string }>();
  private kept = new Set<string>();

  constructor(
    private readonly objects: ObjectStorage,
    private readonly job: string,
    private readonly folder: string,
  ) {}

  private name = (what: string) => `jobs/${this.job}/${what}`;

  /** Brings what the store has into the folder, which is empty; of a state that is not whole, nothing. */
  async fetch(): Promise<void> {
    const list = await this.objects.get(this.name('files.json'));
    if (!list) return;
    const manifest: Manifest = JSON.parse(new TextDecoder().decode(list.bytes));
    const contents = new Map<string, Uint8Array>();
    for (const hash of Object.values(manifest)) {
      const found = await this.objects.get(this.name(hash));
      if (!found || sha256(found.bytes) !== hash) return;
      contents.set(hash, found.bytes);
    }
    for (const [path, hash] of Object.entries(manifest)) {
      const file = join(this.folder, ...path.split('/'));
      await makeFolder(dirname(file));
      await writeFile(file, contents.get(hash)!);
    }
    this.kept = new Set(contents.keys());
  }

  /** Brings the store up to date with the folder; names that begin with a dot stay here. */
  async keep(): Promise<void> {
    const manifest: Record<string, string> = {};
    for (const entry of (await readdir(this.folder, { recursive: true })).sort()) {
      const path = entry.split(sep).join('/');
      if (/(^|\/)\./.test(path)) continue;
      const file = join(this.folder, entry);
      const found = await stat(file).catch(missingIsFine);
      if (!found?.isFile()) continue;
      const state = `${found.mtimeMs} ${found.size}`;
      const before = this.known.get(path);
      if (before?.state === state) {
        manifest[path] = before.hash;
        continue;
      }
      const bytes = await readFile(file).catch(missingIsFine);
      if (!bytes) continue;
      const hash = sha256(bytes);
      if (!this.kept.has(hash)) await this.objects.put(this.name(hash), bytes);
      this.kept.add(hash);
      this.known.set(path, { state, hash });
      manifest[path] = hash;
    }
    const hashes = new Set(Object.values(manifest));
    await this.objects.put(this.name('files.json'), new TextEncoder().encode(JSON.stringify(manifest)));
    for (const old of [...this.kept].filter((hash) => !hashes.has(hash))) {
      await this.objects.remove(this.name(old));
      this.kept.delete(old);
    }
  }
}
