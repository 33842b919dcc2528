import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { genotypeFromJson, genotypeToJson } from 'noisydarts';
import { publishedGenotype } from 'noisydarts/catalogue';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runExample } from './support';

let runs = '';
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'noisydarts-train-'));
});
afterEach(() => rm(runs, { recursive: true, force: true }));

const train = (args: readonly string[], interruptAt?: string) =>
  runExample('train.ts', ['--runs', runs, ...args], interruptAt);

const read = (run: string, file: string) => readFile(join(runs, run, file));
const json = async (run: string, file: string) => JSON.parse(String(await read(run, file)));
const tiny = ['--limit', '100', '--batch', '30', '--channels', '2', '--cells', '3', '--epochs', '3'];
const published = ['--name', 'noisy_darts_a'];

/** Leaves what a search leaves in its folder, written so many seconds ago. */
async function leaveSearch(name: string, genotype: string, secondsAgo: number): Promise<void> {
  await mkdir(join(runs, name));
  await writeFile(join(runs, name, 'genotype.json'), genotype);
  await writeFile(join(runs, name, 'alphas.json'), '{}');
  const time = new Date(Date.now() - 1000 * secondsAgo);
  await utimes(join(runs, name, 'alphas.json'), time, time);
}

describe('examples/train.ts', () => {
  it('leaves a run, and goes on with a stopped one as if it had never stopped', async () => {
    const whole = await train([...tiny, ...published, '--run', 'whole']);
    expect(whole.status, whole.stderr).toBe(0);
    expect((await readdir(join(runs, 'whole'))).sort()).toEqual([
      'best',
      'genotype.json',
      'history.json',
      'last',
      'report.html',
      'settings.json',
      'standard',
      'test.json',
      'training-checkpoint',
    ]);
    const { top1, top5, images, best, confusion } = await json('whole', 'test.json');
    // The last fifth of the 1,797 digits, however few of the others train.
    expect(images).toBe(360);
    expect(confusion.flat().reduce((sum: number, count: number) => sum + count)).toBe(360);
    expect(whole.stdout.split('\n')).toEqual([
      `Test accuracy ${top1.toFixed(2)} % (top 5 ${top5.toFixed(2)} %), weights of epoch ${best + 1}`,
      `Report: ${join(runs, 'whole', 'report.html')}`,
      '',
    ]);
    const report = String(await read('whole', 'report.html'));
    expect(report).toContain(`${top1.toFixed(2)} %`);
    expect(report).toContain('Rows: class of the image; columns: class it was taken for');

    const stopped = await train([...tiny, ...published, '--run', 'stopped'], 'epoch 1/3');
    expect(stopped.status, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain('--resume stopped');
    expect(stopped.stderr).not.toContain('epoch 3/3');
    const resumed = await train(['--resume']);
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stderr).not.toContain('epoch 1/3');
    for (const file of ['best', 'last', 'standard'].map((folder) => join(folder, 'weights.bin'))) {
      expect((await read('stopped', file)).equals(await read('whole', file)), file).toBe(true);
    }
    expect(await json('stopped', 'test.json')).toEqual(await json('whole', 'test.json'));
    const measured = async (run: string) =>
      (await json(run, 'history.json')).map(({ seconds: _, ...epoch }: { seconds: number }) => epoch);
    expect(await measured('stopped')).toEqual(await measured('whole'));
  });

  it('takes the genotype of the newest search, and trains a plain network beside it', async () => {
    await leaveSearch('old', '{}', 60);
    const newest = genotypeToJson(publishedGenotype('noisy_darts_b'));
    await leaveSearch('new', newest, 0);
    const short = [...tiny, '--epochs', '1', '--limit', '40'];
    const found = await train(short);
    expect(found.status, found.stderr).toBe(0);
    expect(genotypeFromJson(String(await read('train-digits', 'genotype.json')))).toEqual(
      genotypeFromJson(newest),
    );
    const plain = await train([...short, '--network', 'plain']);
    expect(plain.status, plain.stderr).toBe(0);
    const parameters = ({ stderr }: { stderr: string }) => Number(/(\d+) parameters/.exec(stderr)![1]);
    expect(parameters(plain) / parameters(found)).toBeGreaterThan(0.7);
    expect(parameters(plain) / parameters(found)).toBeLessThan(1.4);
  });

  it.each([
    ['nothing to train', [], 'holds no search; run one first, or choose a genotype with --genotype FILE'],
    [
      'an unknown genotype',
      ['--name', 'darts_v9'],
      "publishedGenotype: there is no published genotype of this name, got 'darts_v9'",
    ],
    ['no such file', ['--genotype', 'no.json'], "--genotype: 'no.json' cannot be read"],
    ['a folder without data', [...published, '--data', 'nowhere'], "--data: 'nowhere' cannot be listed"],
    ['a drop path of one', [...published, '--drop-path', '1'], 'It must be a number from 0 to below 1.'],
    ['nothing to go on with', ['--resume'], "has a training's checkpoint; start one first"],
  ])('refuses %s', async (_, args, message) => {
    const { status, stdout, stderr } = await train(args);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
