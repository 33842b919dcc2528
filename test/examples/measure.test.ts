import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { costRange, costTableFromJson } from 'noisydarts/costs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { findCommand } from '../../src/cli/find/command';
import { measureCommand } from '../../src/cli/measure/command';
import { searchCommand } from '../../src/cli/search/command';
import { createSearch, readSearch } from '../../src/cli/search/options';
import { callExample } from './support';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'noisydarts-measure-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('examples/measure.ts', () => {
  it('makes a table that a search keeps to', async () => {
    const out = join(folder, 'table.json');
    const size = ['--channels', '2', '--cells', '3'];
    const measured = await callExample(measureCommand(), [
      ...['--out', out, '--seconds', '0', '--side', '8', '--colors', '1'],
      ...size,
    ]);
    expect(measured.status, measured.stderr).toBe(0);
    expect(measured.stdout).toMatch(/networks of darts take [\d.]+ to [\d.]+ ms here/);
    const table = costTableFromJson(await readFile(out, 'utf8'));
    const { least, most } = costRange(table);

    const run = ['--runs', folder, '--limit', '64', '--batch', '16', '--epochs', '1'];
    const search = (limit: number, file = out) =>
      callExample(searchCommand(), [
        ...run,
        '--name',
        file === out ? 'run' : 'cut',
        ...size,
        '--latency',
        file,
        '--latency-limit',
        String(limit),
      ]);
    const found = await search((least + most) / 2);
    expect(found.status, found.stderr).toBe(0);
    expect(found.stdout).toMatch(/Predicted latency: [\d.]+ ms of .+; measured [\d.]+ ± [\d.]+/);
    expect(await readFile(join(folder, 'run', 'report.html'), 'utf8')).toContain('>latency<');
    expect(await readFile(join(folder, 'run', 'settings.json'), 'utf8')).toContain('"name": "latency"');

    const cut = join(folder, 'cut.json');
    await writeFile(cut, JSON.stringify(table).slice(0, 200));
    const refused = await search(5, cut);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(/--latency: costTableFromJson: the text must be JSON/);
    // A limit with a unit is one of milliseconds, whatever else goes by that name.
    const named = (
      await readSearch(createSearch().parse(['--latency', out, '--limit', '4ms'], { from: 'user' }))
    ).settings;
    expect(named).toMatchObject({ latency: out, latencyLimit: 4 });
    expect(named.limit).toBeUndefined();
    const other = await callExample(findCommand(), [
      ...run,
      '--name',
      'other',
      '--latency',
      out,
      '--latency-limit',
      '9ms',
    ]);
    expect(other.status).not.toBe(0);
    expect(other.stderr).toMatch(/the table must be of the network that is made of what is found/);
  });
});
