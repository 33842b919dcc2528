import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { experimentCommand } from '../../src/cli/experiment/command';
import { callExample } from './support';

let runs: string;
beforeAll(() => {
  runs = mkdtempSync(join(tmpdir(), 'noisydarts-experiment-'));
});
afterAll(() => rmSync(runs, { recursive: true, force: true }));

const experiment = (args: readonly string[]) => callExample(experimentCommand(), args);

/** Runs `examples/experiment.ts` as `npm run experiment` does, and interrupts it once `until` holds. */
function interrupted(args: readonly string[], until: () => Promise<boolean>) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'examples/experiment.ts', ...args], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const watch = setInterval(async () => {
      if (!(await until())) return;
      clearInterval(watch);
      child.kill('SIGINT');
    }, 20);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      clearInterval(watch);
      resolve({ status, stdout, stderr });
    });
  });
}

const read = (...path: string[]) => readFile(join(runs, ...path), 'utf8');

/** The folder of the only run of a method. */
async function folderOf(name: string, method: string): Promise<string> {
  const jobs = await readdir(join(runs, name, 'jobs'));
  return join('jobs', jobs.find((job) => job.startsWith(`seed-1-method-${method}-`))!);
}

/** What a run found, without how long it took. */
const findings = async (name: string, method: string) =>
  JSON.parse(await read(name, await folderOf(name, method), 'history.json'), (key, value) =>
    key === 'seconds' ? 0 : value,
  );

const tiny = (name: string) => [
  ...['--runs', runs, '--name', name, '--seeds', '1', '--channels', '2', '--limit', '96', '--batch', '16'],
  ...['--epochs', '3', '--alpha-rate', '0.01'],
];

describe('examples/experiment.ts', () => {
  const oneCell = ['--cells', '1'];

  it('compares methods, and goes on with stopped runs as if they had never stopped', async () => {
    const whole = await experiment(['nasbench201', ...tiny('whole'), ...oneCell, '--jobs', '2']);
    expect(whole.status, whole.stderr).toBe(0);
    const results = JSON.parse(await read('whole', 'results.json'));
    const [{ runs: found }] = results;
    expect(found.map(({ method, epochs }: { method: string; epochs: number }) => [method, epochs])).toEqual([
      ['darts', 3],
      ['noisy', 3],
    ]);
    expect(await read('whole', 'report.html')).toContain('2 of 2 runs done');
    expect(await read('whole', 'report.html')).not.toContain('Dominant eigenvalue');
    expect(await read('whole', 'curves.svg')).toMatch(/^<svg .*<\/svg>\n$/s);

    const oneEpochDone = async () =>
      folderOf('parts', 'darts')
        .then((folder) => read('parts', folder, 'history.json'))
        .then(
          () => true,
          () => false,
        );
    const stopped = await interrupted(['nasbench201', ...tiny('parts'), ...oneCell], oneEpochDone);
    expect(stopped.status, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain(
      'Go on with: npx noisydarts experiment nasbench201 --name parts --resume',
    );
    const resumed = await experiment(['nasbench201', '--runs', runs, '--name', 'parts', '--resume']);
    expect(resumed.status, resumed.stderr).toBe(0);
    for (const method of ['darts', 'noisy'])
      expect(await findings('parts', method)).toEqual(await findings('whole', method));
  });

  it('searches the spaces of RobustDARTS', async () => {
    const { status, stderr } = await experiment([
      's2',
      ...tiny('s2'),
      ...['--epochs', '2', '--method', 'noisy', '--eigenvalue', '2'],
    ]);
    expect(status, stderr).toBe(0);
    const [{ runs: found }] = JSON.parse(await read('s2', 'results.json'));
    expect(found[0].genotype.normal).toHaveLength(8);
    expect(found[0].eigenvalues).toEqual([null, expect.any(Number)]);
    expect(await read('s2', 'report.html')).toContain('Dominant eigenvalue');
  });

  it('says what is wrong', async () => {
    const bad = await experiment(['s2', '--runs', runs, '--name', 's9', '--resume']);
    expect([bad.status, bad.stderr]).toEqual([2, expect.stringContaining("s9' holds no experiment, got")]);
    const changed = await experiment(['s1', '--runs', runs, '--name', 's2', '--resume', '--epochs', '9']);
    expect([changed.status, changed.stderr]).toEqual([
      2,
      expect.stringContaining('an experiment goes on as it was started, got space, epochs; leave it out'),
    ]);
    const failing = await experiment(['s4', ...tiny('s4'), '--method', 'noisy']);
    expect(failing.status).toBe(1);
    expect(failing.stderr).toMatch(/noisy-1: createSupernet: noise falls nowhere in the space/);
  });
});
