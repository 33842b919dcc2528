import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDigits } from '../../../src/node';

const shipped = new URL('../../../examples/data/digits.bin', import.meta.url);

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'noisydarts-digits-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('readDigits', () => {
  it('reads the shipped file by path or address', async () => {
    const dataset = await readDigits(shipped);
    expect(dataset).toMatchObject({ name: 'digits', size: 1797, shape: [8, 8, 1], classes: 10 });
    const byPath = await readDigits(fileURLToPath(shipped));
    expect(byPath.read([0, 1796])).toEqual(dataset.read([0, 1796]));
  });

  it('names a file that is cut', async () => {
    const path = join(directory, 'cut.bin');
    await writeFile(path, (await readFile(shipped)).subarray(0, 1000));
    await expect(readDigits(path)).rejects.toThrow(
      `decodeRecords: '${path}' breaks off inside record 15, which starts at byte 975: wrong file size, got 1000; ` +
        'expected a multiple of 65 bytes (digits binary: 1 of label, then 8x8x1 pixels)',
    );
  });

  it('names a file that is missing', async () => {
    const path = join(directory, 'missing.bin');
    await expect(readDigits(path)).rejects.toThrow(`readDigits: '${path}' cannot be read, got ENOENT`);
  });
});
