import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { genotypeFromJson, genotypeToJson } from 'noisydarts';
import { publishedGenotype } from 'noisydarts/catalogue';
import { genotypeToPython } from 'noisydarts/genotype';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { searchCommand } from '../../src/cli/search/command';
import { trainCommand } from '../../src/cli/train/command';
import { callExample, runExample } from './support';

let runs = '';
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'noisydarts-train-'));
});
afterEach(() => rm(runs, { recursive: true, force: true }));

const train = (args: readonly string[]) => callExample(trainCommand(), ['--runs', runs, ...args]);

const read = (run: string, file: string) => readFile(join(runs, run, file));
const json = async (run: string, file: string) => JSON.parse(String(await read(run, file)));
const tiny = ['--limit', '100', '--batch', '30', '--channels', '2', '--cells', '3', '--epochs', '3'];
const published = ['--genotype', 'noisy_darts_a'];

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
    const whole = await train([...tiny, ...published, '--name', 'whole']);
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

    const again = ['--runs', runs, ...tiny, ...published, '--name', 'stopped'];
    const stopped = await runExample('train.ts', again, 'epoch 1/3');
    expect(stopped.status, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain('--resume stopped');
    expect(stopped.stderr).not.toContain('epoch 3/3');
    const resumed = await train(['--resume']);
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stderr).not.toContain('epoch 1/3');
    // The name of a file of weights says what is in it.
    for (const folder of ['best', 'last', 'standard']) {
      const weights = async (run: string) => (await json(run, join(folder, 'model.json'))).weightsManifest;
      expect(await weights('stopped'), folder).toEqual(await weights('whole'));
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

  it('trains what a search of the mobile space found, and goes on with it', async () => {
    const size = ['--limit', '32', '--batch', '16', '--channels', '2', '--epochs', '1'];
    const searched = await callExample(searchCommand(), ['--runs', runs, ...size, '--space', 'mobile']);
    expect(searched.status, searched.stderr).toBe(0);
    const small = ['--limit', '40', '--batch', '20', '--epochs', '1'];
    const trained = await train([...small, '--threads', '2', '--name', 'mobile']);
    expect(trained.status, trained.stderr).toBe(0);
    expect(await json('mobile', 'genotype.json')).toEqual(await json('digits', 'genotype.json'));
    expect(String(await read('mobile', 'report.html'))).toContain('<svg');

    // What is refused changes nothing, and is told with the value of before.
    const settings = String(await read('mobile', 'settings.json'));
    const refused = await train(['--resume', 'mobile', '--seed', '1']);
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringContaining('seed is 0 there and 1 here'),
    ]);
    expect(String(await read('mobile', 'settings.json'))).toBe(settings);

    // The history is in the checkpoint; the search is not needed any more.
    await writeFile(join(runs, 'mobile', 'history.json'), '[{"epoch"');
    await rm(join(runs, 'digits'), { recursive: true });
    const resumed = await train(['--resume', 'mobile']);
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(await json('mobile', 'history.json')).toHaveLength(1);
  });

  it('reads a genotype in Python, or from the folder of a run', async () => {
    const found = publishedGenotype('noisy_darts_b');
    const file = join(runs, 'found.py.txt');
    await writeFile(file, `${genotypeToPython(found)}\n`);
    const short = ['--limit', '40', '--batch', '20', '--channels', '2', '--cells', '3', '--epochs', '1'];
    const first = await train([...short, '--genotype', file, '--name', 'first']);
    expect(first.status, first.stderr).toBe(0);
    expect(genotypeFromJson(String(await read('first', 'genotype.json')))).toEqual(found);
    const second = await train([...short, '--genotype', join(runs, 'first'), '--name', 'second']);
    expect(second.status, second.stderr).toBe(0);
    expect(await readdir(join(runs, 'second'))).toContain('genotype.json');
    await writeFile(file, `A = ${genotypeToPython(found)}\nB = ${genotypeToPython(found)}\n`);
    const both = await train([...short, '--genotype', file]);
    expect([both.status, both.stderr]).toEqual([
      2,
      expect.stringContaining('more than one genotype, got A, B'),
    ]);
  });

  it('takes a cell of NAS-Bench-201 as createNetwork does', async () => {
    const file = join(runs, 'genotype.txt');
    const cell = '|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|skip_connect~0|none~1|nor_conv_3x3~2|';
    await writeFile(file, `${cell}\n`);
    const size = ['--limit', '40', '--batch', '20', '--channels', '2', '--cells', '3', '--epochs', '1'];
    const { status, stderr } = await train([...size, '--genotype', file, '--name', 'cell']);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect([status, String(await read('cell', 'genotype.txt')).trim()]).toEqual([0, cell]);
  });

  it.each([
    ['nothing to train', [], 'holds no search; run one first, or choose a genotype with --genotype FILE'],
    ['an unknown genotype', ['--genotype', 'darts_v9'], "--genotype: 'darts_v9' cannot be read, got ENOENT"],
    ['no such file', ['--genotype', 'no.json'], "--genotype: 'no.json' cannot be read"],
    ['a folder without data', [...published, '--data', 'nowhere'], "--data: 'nowhere' cannot be listed"],
    ['a drop path of one', [...published, '--drop-path', '1'], 'It must be a number from 0 to below 1.'],
    [
      'threads without wasm',
      [...published, '--threads', '2', '--backend', 'cpu'],
      '--threads 2 needs --backend wasm, got --backend cpu',
    ],
    ['nothing to go on with', ['--resume'], "has a training's checkpoint; start one first"],
  ])('refuses %s', async (_, args, message) => {
    const { status, stdout, stderr } = await train(args);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
