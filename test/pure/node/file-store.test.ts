import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStore } from '../../../src/node';
import { decodeCheckpoint, encodeCheckpoint } from '../../../src/runs';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'noisydarts-store-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('fileStore', () => {
  it('has nothing until something is saved, then the latest', async () => {
    const store = fileStore(join(directory, 'runs', 'a', 'checkpoint'));
    expect(await store.load()).toBeUndefined();
    await store.save(Uint8Array.of(1, 2, 3));
    await store.save(Uint8Array.of(4, 5));
    expect(await store.load()).toEqual(Uint8Array.of(4, 5));
    expect(await readdir(join(directory, 'runs', 'a'))).toEqual(['checkpoint']);
  });

  it('gives a checkpoint back whole', async () => {
    const checkpoint = {
      meta: { epoch: 3 },
      tensors: [
        { name: 'a', shape: [2], data: Float32Array.of(1.5, -2) },
        { name: 'b', shape: [1, 1], data: Float32Array.of(0.25) },
      ],
    };
    const store = fileStore(join(directory, 'checkpoint'));
    await store.save(encodeCheckpoint(checkpoint));
    expect(decodeCheckpoint((await store.load())!)).toEqual(checkpoint);
    // A Buffer's slice() shares its memory, unlike a Uint8Array's.
    expect(decodeCheckpoint(Buffer.from(encodeCheckpoint(checkpoint)))).toEqual(checkpoint);
  });

  it('names its path, and does not take another fault for an absent file', async () => {
    const path = join(directory, 'file', 'checkpoint');
    await writeFile(join(directory, 'file'), '');
    const store = fileStore(path);
    expect(store.location).toBe(path);
    await expect(store.load()).rejects.toThrow('ENOTDIR');
  });
});

describe('the check of a file store', () => {
  it('makes the folder and leaves nothing in it', async () => {
    const folder = join(directory, 'runs', 'a');
    await fileStore(join(folder, 'checkpoint')).check!();
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a folder in place of the file, and a file in place of a folder', async () => {
    const refused = (path: string) =>
      expect(fileStore(path).check!()).rejects.toThrow(`fileStore: '${path}' cannot be written, got `);
    await refused(directory);
    await writeFile(join(directory, 'file'), '');
    await refused(join(directory, 'file', 'checkpoint'));
    await refused(join(directory, 'file', 'below', 'checkpoint'));
  });

  it.runIf(process.platform === 'linux')('returns where no folder can be made', async () => {
    await expect(fileStore('/proc/runs/a/checkpoint').check!()).rejects.toThrow(
      "fileStore: '/proc/runs/a/checkpoint' cannot be written",
    );
  });
});
