import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { genotypeFromJson } from 'noisydarts';
import { genotypeFromPython, nasBench201ToString } from 'noisydarts/genotype';
import { disableWasmTraining } from 'noisydarts/wasm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { summarizeRun } from '../../src/cli/report/command';
import { searchCommand } from '../../src/cli/search/command';
import { callExample, runExample } from './support';

let runs = '';
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'noisydarts-search-'));
});
afterEach(() => rm(runs, { recursive: true, force: true }));

const search = (args: readonly string[]) => callExample(searchCommand(), ['--runs', runs, ...args]);
const searchApart = (args: readonly string[], interruptAt?: string) =>
  runExample('search.ts', ['--runs', runs, ...args], interruptAt);

const read = (run: string, file: string) => readFile(join(runs, run, file), 'utf8');
const tiny = ['--limit', '128', '--batch', '16', '--channels', '2', '--cells', '3', '--epochs', '3'];

describe('examples/search.ts', () => {
  it('leaves a run, and goes on with a stopped one as if it had never stopped', async () => {
    const whole = await search([...tiny, '--name', 'whole']);
    expect(whole.status, whole.stderr).toBe(0);
    expect((await readdir(join(runs, 'whole'))).sort()).toEqual([
      'alphas.json',
      'alphas.svg',
      'checkpoint',
      'genotype.json',
      'genotype.py.txt',
      'history.json',
      'normal.svg',
      'reduce.svg',
      'report.html',
      'settings.json',
    ]);
    const [python, where] = whole.stdout.split('\n');
    expect(genotypeFromPython(python!)).toEqual(genotypeFromJson(await read('whole', 'genotype.json')));
    expect(where).toBe(`Report: ${join(runs, 'whole', 'report.html')}`);

    const stopped = await searchApart([...tiny, '--name', 'stopped'], 'epoch 1/3');
    expect(stopped.status, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain('--resume stopped');
    expect(stopped.stderr).not.toContain('epoch 3/3');

    // The latest run is the stopped one; its settings come with it.
    const resumed = await search(['--resume']);
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stderr).not.toContain('epoch 1/3');
    expect(resumed.stdout.split('\n')[0]).toBe(python);
    for (const file of ['alphas.json', 'genotype.json', 'normal.svg', 'alphas.svg', 'settings.json']) {
      expect(await read('stopped', file), file).toBe(await read('whole', file));
    }
    // The last bits are those of one build of the kernels, which a resumed run takes again.
    expect(JSON.parse(await read('whole', 'settings.json')).command.build).toMatch(/^(relaxed-)?simd$/);
    const measured = async (run: string) =>
      JSON.parse(await read(run, 'history.json')).epochs.map(
        ({ seconds: _, ...epoch }: { seconds: number }) => epoch,
      );
    expect(await measured('stopped')).toEqual(await measured('whole'));
  });

  it.each([
    [['--space', 'nasbench201', '--strategy', 'gdas'], /^\|\w+~0\|\+/, 'cell.svg'],
    [['--space', 'mobile', '--strategy', 'fair-darts'], /^\w+(, \w+){4}$/m, 'layers.svg'],
  ] as const)('searches other spaces by other strategies: %j', async (which, genotype, drawing) => {
    const sizes = ['--limit', '32', '--batch', '16', '--channels', '2', '--cells', '1', '--epochs', '1'];
    const { status, stdout, stderr } = await search([...sizes, '--name', 'other', ...which]);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(genotype);
    expect(await readdir(join(runs, 'other'))).toContain(drawing);
  });

  it('selects otherwise than by alpha, goes on where it was stopped, and selects again from a search that is done', async () => {
    const sizes = ['--limit', '32', '--batch', '16', '--channels', '2', '--cells', '1', '--epochs', '1'];
    const by = (selection: string) => ['--selection', selection, '--tune-steps', '1'];
    const made = ['--space', 'nasbench201', ...sizes, '--name'];
    const whole = await search([...made, 'whole', ...by('perturbation'), '--json']);
    expect(whole.status, whole.stderr).toBe(0);
    const { selection } = JSON.parse(whole.stdout);
    expect(selection.by).toBe('perturbation');
    const told = JSON.parse(await read('whole', 'selection.json'));
    expect(told.byAlpha).toEqual(selection.decoded);
    expect(told.decisions).toHaveLength(6);
    const cell = await read('whole', 'genotype.txt');
    expect(await read('whole', 'report.html')).toContain('Selected by perturbation from the supernet');

    const stopped = await searchApart([...made, 'stopped', ...by('perturbation')], 'decision 1  operation');
    expect(stopped.status, stopped.stderr).toBe(130);
    expect(stopped.stderr).toMatch(/stopped after decision \d and step \d of the selection/);
    expect(stopped.stderr).not.toContain('of the run');
    expect(await summarizeRun(join(runs, 'stopped'))).toMatchObject({
      selection: { waiting: 'perturbation' },
    });
    const resumed = await search(['--resume', 'stopped']);
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stdout.split('\n')[0]).toBe(cell.trim());

    const again = await search(['--resume', 'whole', ...by('shrink')]);
    expect(again.status, again.stderr).toBe(0);
    expect(again.stderr).not.toContain('epoch 1/1');
    expect(again.stdout).toMatch(/^Selected by shrink; by alpha \|/m);
    const { selection: byShrink } = await summarizeRun(join(runs, 'whole'));
    expect(byShrink).toEqual({ by: 'shrink', byAlpha: told.byAlpha });
    const back = await search(['--resume', 'whole', '--selection', 'alpha']);
    expect(back.status, back.stderr).toBe(0);
    expect(await read('whole', 'genotype.txt')).toBe(`${nasBench201ToString(told.byAlpha)}\n`);
    expect(JSON.parse(await read('whole', 'settings.json')).command).not.toHaveProperty('tuneSteps');
    expect(await summarizeRun(join(runs, 'whole'))).not.toHaveProperty('selection');
    const alone = await search(['--tune-steps', '1']);
    expect(alone.stderr).toContain('--tune-steps is of --selection perturbation or shrink');
    expect(alone.status).toBe(2);
  });

  it('says that S4 has nothing for noise to fall on', async () => {
    const { status, stderr } = await search(['--space', 's4']);
    expect(status).toBe(2);
    expect(stderr).toContain('--space s4 has no skip connection that noise could fall on; add --noise 0');
  });

  it('names a run itself, and keeps the ones before', async () => {
    const short = [...tiny, '--epochs', '1', '--noise', '0', '--no-fast', '--limit', '32'];
    disableWasmTraining();
    expect((await search(short)).status).toBe(0);
    expect((await search(short)).status).toBe(0);
    expect((await readdir(runs)).sort()).toEqual(['digits', 'digits-2']);
    const { supernet, command } = JSON.parse(await read('digits', 'settings.json'));
    expect(supernet.noise).toEqual([]);
    expect(command).toMatchObject({ epochs: 1, noise: 0, fast: false, seed: 10 });
    expect(await read('digits-2', 'alphas.json')).toBe(await read('digits', 'alphas.json'));
  });

  it('keeps two that start at once apart, and leaves a run as it was that it refuses to go on with', async () => {
    const short = [...tiny, '--epochs', '1', '--limit', '32'];
    const both = await Promise.all(['1', '2'].map((seed) => searchApart([...short, '--seed', seed])));
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    const settings = await Promise.all(['digits', 'digits-2'].map((run) => read(run, 'settings.json')));
    expect(settings.map((text) => JSON.parse(text).command.seed).sort()).toEqual([1, 2]);

    const refused = await search(['--resume', 'digits', '--epochs', '3']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('epochs is 1 there and 3 here');
    expect(await read('digits', 'settings.json')).toBe(settings[0]);
  });

  it('searches a space of a module of your own', async () => {
    const setup = join(runs, 'setup.ts');
    const library = new URL('../../src/index.ts', import.meta.url).href;
    await writeFile(
      setup,
      `import { defineSpace } from '${library}';
export const spaces = {
  small: defineSpace({ name: 'small', nodes: 2, primitives: ['none', 'skip_connect', 'sep_conv_3x3'] }),
};`,
    );
    const own = ['--setup', setup, '--space', 'small', '--name', 'own'];
    const { status, stdout, stderr } = await searchApart([
      ...[...tiny, '--epochs', '1', '--limit', '32', ...own],
    ]);
    expect(status, stderr).toBe(0);
    expect(genotypeFromPython(stdout.split('\n')[0]!).normal).toHaveLength(4);
    expect(JSON.parse(await read('own', 'settings.json')).command).toMatchObject({ space: 'small', setup });
  });

  it('explains itself', async () => {
    const { status, stdout } = await search(['--help']);
    expect(status).toBe(0);
    for (const option of [
      '--data <dir>',
      '--backend <name>',
      '--variant <letter>',
      '--seed <n>',
      '--resume [name]',
    ]) {
      expect(stdout).toContain(option);
    }
  });
});

describe('a wrong command line', () => {
  it.each([
    ['an unknown option', ['--epohcs', '3'], "unknown option '--epohcs'\n(Did you mean --epochs?)"],
    [
      'a number that is none',
      ['--epochs', 'x'],
      "'--epochs <n>' argument 'x' is invalid. It must be a whole number of at least 1.",
    ],
    ['a number too small', ['--batch', '0'], "'--batch <n>' argument '0' is invalid"],
    [
      'a negative noise',
      ['--noise', '-1'],
      "'--noise <lambda>' argument '-1' is invalid. It must be a number of at least 0.",
    ],
    [
      'an unknown variant',
      ['--variant', 'z'],
      'Allowed choices are a, b, c, d, e, f, g, h, i, j, k, l, m, n.',
    ],
    [
      'two noises',
      ['--variant', 'a', '--noise', '0.1'],
      "'--variant <letter>' cannot be used with option '--noise <lambda>'",
    ],
    [
      'an unknown backend',
      ['--backend', 'gpu'],
      "'--backend <name>' argument 'gpu' is invalid. Allowed choices are wasm, cpu.",
    ],
    ['a name that leads elsewhere', ['--name', '../x'], "'--name <name>' argument '../x' is invalid."],
    [
      'threads without wasm',
      ['--threads', '2', '--backend', 'cpu'],
      '--threads 2 needs --backend wasm, got --backend cpu',
    ],
    ['a word too many', ['cifar10'], 'too many arguments'],
    ['a folder without data', ['--data', 'no-such-folder'], "--data: 'no-such-folder' cannot be listed"],
    ['a folder of something else', ['--data', 'src'], "--data: the names in 'src' tell no kind of data set"],
    ['a format of nothing', ['--format', 'svhn'], '--format svhn needs a folder; name it with --data'],
    ['nothing to go on with', ['--resume'], 'has a checkpoint; start one first'],
    ['no such run', ['--resume', 'nope'], 'holds no settings of a run'],
    ['runs where none can be', ['--runs', '/proc/x'], "--runs: '/proc/x' cannot be written, got ENOENT"],
  ])('is refused: %s', async (_, args, message) => {
    const { status, stdout, stderr } = await search(args);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('is refused: a name that is taken', async () => {
    await writeFile(join(runs, 'mine'), '');
    const { status, stderr } = await search(['--name', 'mine']);
    expect(stderr).toContain(
      `'${join(runs, 'mine')}' exists; choose another --name, or go on with it by --resume mine`,
    );
    expect(status).toBe(2);
  });
});
