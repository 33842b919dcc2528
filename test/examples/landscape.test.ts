import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EpochRecord } from 'noisydarts';
import type { LossLandscape } from 'noisydarts/analysis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { landscapeCommand } from '../../src/cli/landscape/command';
import { searchCommand } from '../../src/cli/search/command';
import { callExample, runExample } from './support';

let runs = '';
beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'noisydarts-landscape-'));
});
afterAll(() => rm(runs, { recursive: true, force: true }));

const text = (file: string) => readFile(join(runs, 'run', file), 'utf8');
const landscape = (args: readonly string[]) => callExample(landscapeCommand(), [join(runs, 'run'), ...args]);

describe('examples/landscape.ts', () => {
  it('draws the landscape of a search that has watched itself, stopped and resumed or not', async () => {
    const size = ['--limit', '64', '--batch', '16', '--channels', '2', '--cells', '3', '--epochs', '2'];
    const watching = ['--diagnostics', '--policy', 'ranking'];
    const search = await callExample(searchCommand(), [
      '--runs',
      runs,
      '--name',
      'run',
      ...size,
      ...watching,
    ]);
    expect(search.status, search.stderr).toBe(0);
    const { epochs } = JSON.parse(await text('history.json')) as { epochs: EpochRecord[] };
    for (const { diagnostics } of epochs) {
      expect(diagnostics!.eigenvalue!.max).toBeGreaterThan(diagnostics!.eigenvalue!.min);
      expect(diagnostics!.gap!.derived.loss).toBeGreaterThan(0);
    }
    expect(await text('report.html')).toContain('data-chart="eigenvalue"');

    const options = ['--points', '3', '--images', '16', '--batch', '8'];
    const whole = await landscape(options);
    expect(whole.status, whole.stderr).toBe(0);
    expect(whole.stdout).toBe(`Landscape: ${join(runs, 'run', 'landscape.svg')}\n`);
    const drawn = JSON.parse(await text('landscape.json')) as LossLandscape;
    expect(drawn.loss).toHaveLength(9);
    expect(drawn.loss[4]).toBe(drawn.centre);
    expect(await text('landscape.svg')).toMatch(/^<svg /);

    const stopped = await runExample('landscape.ts', [join(runs, 'run'), ...options], 'points, ');
    expect(stopped.status, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain('--resume');
    expect((JSON.parse(await text('landscape.json')) as LossLandscape).loss.length).toBeLessThan(9);
    const resumed = await landscape([...options, '--resume']);
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(JSON.parse(await text('landscape.json'))).toEqual(drawn);
  });

  it.each([
    ['no folder', () => [], "missing required argument 'folder'"],
    ['no run', () => [runs], 'holds no settings of a run'],
    ['too few points', () => [runs, '--points', '1'], 'It must be a whole number of at least 2.'],
    ['an unknown direction', () => [runs, '--over', 'all'], 'Allowed choices are both, weights, alpha.'],
  ])('is refused: %s', async (_, args, message) => {
    const { status, stdout, stderr } = await callExample(landscapeCommand(), args());
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
