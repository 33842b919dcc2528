import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runExample } from './support';

const size = ['--channels', '2', '--cells', '2', '--epochs', '2', '--limit', '80', '--batch', '16'];
const trained = ['--train-channels', '2', '--train-cells', '2', '--train-epochs', '3'];

it('npm run find searches, trains and tests in one folder, and goes on as if it had never stopped', async () => {
  const runs = await mkdtemp(join(tmpdir(), 'noisydarts-find-'));
  const find = (args: readonly string[], interruptAt?: string) =>
    runExample('find.ts', ['--runs', runs, ...args], interruptAt);
  const text = (run: string, file: string) => readFile(join(runs, run, file), 'utf8');
  const json = async (run: string, file: string) => JSON.parse(await text(run, file));
  try {
    const whole = await find([...size, ...trained, '--name', 'whole']);
    expect(whole.status, whole.stderr).toBe(0);
    const files = await readdir(join(runs, 'whole'));
    for (const file of [
      'find-checkpoint',
      'genotype.json',
      'network',
      'standard',
      'test.json',
      'training.json',
    ])
      expect(files).toContain(file);
    const { top1 } = await json('whole', 'test.json');
    expect(whole.stdout).toContain(`Test accuracy ${top1.toFixed(2)} %`);
    const report = await text('whole', 'report.html');
    for (const part of ['The found network', `${top1.toFixed(1)} %`, 'Normal cell'])
      expect(report).toContain(part);

    const stopped = await find([...size, ...trained, '--name', 'stopped'], 'the search is done');
    expect(stopped.status, stopped.stderr).toBe(130);
    const resumed = await find(['--resume']);
    expect(resumed.status, resumed.stderr).toBe(0);
    for (const folder of ['network', 'standard'])
      expect((await json('stopped', join(folder, 'model.json'))).weightsManifest).toEqual(
        (await json('whole', join(folder, 'model.json'))).weightsManifest,
      );
    expect(await json('stopped', 'test.json')).toEqual(await json('whole', 'test.json'));
  } finally {
    await rm(runs, { recursive: true, force: true });
  }
});
