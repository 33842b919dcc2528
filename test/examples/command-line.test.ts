import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compare } from '../../bench/compare';
import { Help } from '../../bench/options';
import { checkFree, makeRunFolder, removeIfEmpty, UsageError } from '../../src/cli/command-line';
import { demoCommand } from '../../src/cli/demo/command';
import { detectCommand } from '../../src/cli/detect/command';
import { experimentCommand } from '../../src/cli/experiment/command';
import { exportCommand } from '../../src/cli/export/command';
import { findCommand } from '../../src/cli/find/command';
import { fromPytorchCommand } from '../../src/cli/from-pytorch/command';
import { landscapeCommand } from '../../src/cli/landscape/command';
import { measureCommand } from '../../src/cli/measure/command';
import { createProgram } from '../../src/cli/program';
import { reportCommand } from '../../src/cli/report/command';
import { searchCommand } from '../../src/cli/search/command';
import { serveCommand } from '../../src/cli/serve/command';
import { makeSite } from '../../src/cli/serve/site';
import { trainCommand } from '../../src/cli/train/command';
import { verifyCommand } from '../../src/cli/verify/command';
import { callExample, runExample } from './support';

let runs = '';
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'noisydarts-commands-'));
});
afterEach(() => rm(runs, { recursive: true, force: true }));

/** The commands that can be called without a process of their own. */
const commands = {
  search: searchCommand,
  train: trainCommand,
  find: findCommand,
  detect: detectCommand,
  verify: verifyCommand,
  landscape: landscapeCommand,
  measure: measureCommand,
  experiment: experimentCommand,
  'from-pytorch': fromPytorchCommand,
  export: exportCommand,
  serve: serveCommand,
  demo: demoCommand,
  report: reportCommand,
};
type CommandName = keyof typeof commands;
const call = (name: CommandName, args: readonly string[]) => callExample(commands[name](), args);

const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'bench/index.ts', ...args], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    encoding: 'utf8',
  });

describe('makeRunFolder', () => {
  it('gives a folder to one of those who ask at once', async () => {
    const folders = await Promise.all(Array.from({ length: 8 }, () => makeRunFolder(runs, undefined, 'run')));
    expect(new Set(folders).size).toBe(8);
    expect((await readdir(runs)).sort()).toEqual(['run', ...[2, 3, 4, 5, 6, 7, 8].map((n) => `run-${n}`)]);
    const named = await Promise.allSettled([1, 2, 3].map(() => makeRunFolder(runs, 'mine', 'run')));
    expect(named.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(() => checkFree(runs, 'mine')).toThrow("mine' exists; choose another --name");
  });

  it.each(['/proc/x', '/proc/x/y', 'package.json', 'package.json/x'])(
    'says that none can be made in %s',
    async (folder) => {
      const made = makeRunFolder(folder, undefined, 'run');
      await expect(made).rejects.toThrow(UsageError);
      await expect(made).rejects.toThrow(`--runs: '${folder}' cannot be written, got `);
    },
  );

  it('is taken back only where nothing is in it', async () => {
    const [empty, full] = [await makeRunFolder(runs, 'a', ''), await makeRunFolder(runs, 'b', '')];
    await writeFile(join(full, 'checkpoint'), '');
    await removeIfEmpty(empty);
    await removeIfEmpty(full);
    expect(await readdir(runs)).toEqual(['b']);
  });
});

describe('every command', () => {
  it.each([
    'search',
    'train',
    'find',
    'detect',
    'landscape',
    'measure',
    'experiment',
    'from-pytorch',
    'export',
    'serve',
    'demo',
    'report',
    'verify',
    'mixed-op',
  ])('explains itself, and refuses what it does not know: %s', async (name) => {
    const help = Object.hasOwn(commands, name)
      ? await call(name as CommandName, ['--help'])
      : await runExample(`${name}.ts`, ['--help']);
    expect([help.status, help.stdout]).toEqual([0, expect.stringContaining(`${name}`)]);
    const misuse = Object.hasOwn(commands, name)
      ? await call(name as CommandName, ['--no-such-option'])
      : await runExample(`${name}.ts`, ['--no-such-option']);
    expect([misuse.status, misuse.stdout]).toEqual([2, '']);
    expect(misuse.stderr).toContain("unknown option '--no-such-option'\n--help lists the options.");
  });

  it('runs as the npm script of its name: search', async () => {
    const { status, stderr } = await runExample('search.ts', ['--no-such-option']);
    expect([status, stderr]).toEqual([2, expect.stringContaining("unknown option '--no-such-option'")]);
  });

  it('names the folder of its run by --name', async () => {
    for (const [name, ...args] of [['search'], ['train'], ['serve'], ['experiment', 's1']] as const) {
      const { stdout } = await call(name, [...args, '--help']);
      expect(stdout, name).toMatch(/--name <name> +folder of the run below it/);
    }
  });

  it.each([
    ['serve', ['--port', '99999999'], 2, 'It must be a whole number from 0 to 65535.'],
    ['from-pytorch', ['/nope'], 1, "readSafetensors: '/nope' cannot be read, got ENOENT"],
    ['from-pytorch', ['--genotype', '/nope'], 2, "--genotype: '/nope' cannot be read, got ENOENT"],
    ['search', ['--space', 'toString'], 2, "--space: there is no such space, got 'toString'; choose one of"],
    ['search', ['--setup', '/nope.ts'], 2, "--setup: '/nope.ts' cannot be imported, got "],
    ['export', ['/nope'], 2, "'/nope' holds no model, got no model.json; name the folder of a saved model"],
    ['export', ['x', '--genotype', 'noisy_darts_a'], 2, "one network is written, got 'x' besides"],
    ['report', ['/nope'], 2, "'/nope' holds no run, got no settings.json of one; name the folder of a run"],
    ['experiment', [], 2, '--help lists the options.'],
  ] as const)('says what is wrong: %s %j', async (name, args, code, message) => {
    const { status, stdout, stderr } = await call(name, args);
    expect([status, stdout]).toEqual([code, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe('noisydarts', () => {
  const noisydarts = (...args: string[]) => callExample(createProgram(), args);

  it('has every command, with examples that it takes', async () => {
    const program = createProgram();
    expect(program.commands.map((command) => command.name())).toEqual(
      expect.arrayContaining([
        'search',
        'train',
        'find',
        'detect',
        'experiment',
        'landscape',
        'measure',
        'from-pytorch',
        'export',
        'verify',
        'report',
        'serve',
        'demo',
      ]),
    );
    for (const command of program.commands) {
      const { status, stdout } = await noisydarts(command.name(), '--help');
      expect(status).toBe(0);
      const examples = [...stdout.matchAll(/^ {2}npx noisydarts (.*?)(?: {2}.*)?$/gm)].map(
        ([, args]) => args!,
      );
      expect(examples.length, command.name()).toBeGreaterThan(1);
      const known = [command, ...command.commands].flatMap(({ options }) => options.map(({ long }) => long));
      for (const option of examples.join(' ').match(/--[a-z-]+/g) ?? []) expect(known).toContain(option);
    }
  });

  it('says what is wrong, and ends with 2', async () => {
    for (const [args, message] of [
      [['nope'], "unknown command 'nope'"],
      [['search', '--epochs', 'x'], "option '--epochs <n>' argument 'x' is invalid"],
      [['search', '--no-such-option'], "unknown option '--no-such-option'"],
    ] as const) {
      const { status, stdout, stderr } = await noisydarts(...args);
      expect([status, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
    }
  });

  it('says what a run would take, leaves nothing, and speaks JSON to programs', async () => {
    const tiny = ['--channels', '2', '--epochs', '2', '--limit', '64', '--runs', runs];
    const dry = await noisydarts('search', ...tiny, '--batch', '16', '--dry-run', '--json');
    expect(dry.status, dry.stderr).toBe(0);
    // 32 images for the weights in batches of 16, twice.
    expect(JSON.parse(dry.stdout)).toMatchObject({ settings: { channels: 2, cells: 3 }, steps: 4 });
    expect(JSON.parse(dry.stdout).parameters).toBeGreaterThan(1000);
    const small = ['--genotype', 'noisy_darts_a', '--cells', '3', '--batch', '32', ...tiny];
    const told = await noisydarts('train', ...small, '--dry-run');
    expect(told.stdout).toMatch(/^parameters: \d+\nsteps: 4, [\d.]+ s each: .* minutes/m);
    expect(await readdir(runs)).toEqual([]);
    const trained = await noisydarts('train', ...small, '--name', 'a', '--json');
    expect(JSON.parse(trained.stdout)).toMatchObject({ folder: join(runs, 'a'), top1: expect.any(Number) });
    const searched = await noisydarts('search', ...tiny, '--name', 'b', '--json');
    const { genotype } = JSON.parse(searched.stdout);
    expect(JSON.parse(await readFile(join(runs, 'b', 'genotype.json'), 'utf8'))).toMatchObject(genotype);

    const report = async (name: string) =>
      JSON.parse((await noisydarts('report', join(runs, name), '--json')).stdout);
    expect(await report('b')).toMatchObject({
      command: 'search',
      search: { epochs: 2, of: 2, metrics: { accuracy: expect.any(Number) } },
      genotype,
      report: join(runs, 'b', 'report.html'),
    });
    const { top1 } = JSON.parse(trained.stdout);
    expect(await report('a')).toMatchObject({
      command: 'train',
      training: { epochs: 2, of: 2 },
      test: { top1 },
    });
    expect((await noisydarts('report', join(runs, 'a'))).stdout).toContain(
      `Training: 2 of 2 epochs, accuracy `,
    );

    const to = ['--to', 'tfjs', 'tfjs-uint8', 'onnx', 'onnx-int8', '--json', '--calibration', '64'];
    const planned = await noisydarts('export', join(runs, 'a'), ...to, '--dry-run');
    expect(JSON.parse(planned.stdout).forms.at(-1)).toMatchObject({ form: 'onnx-int8' });
    expect(await readdir(join(runs, 'a'))).not.toContain('export');
    const exported = await noisydarts('export', join(runs, 'a'), ...to);
    expect(exported.status, exported.stderr).toBe(0);
    const { accuracy, files } = JSON.parse(exported.stdout);
    expect(accuracy).toBe(top1);
    const [whole, small8, onnx, int8] = files as { bytes: number; accuracy: number; path: string }[];
    expect([whole!.accuracy, onnx!.accuracy]).toEqual([top1, top1]);
    expect(small8!.bytes).toBeLessThan(whole!.bytes);
    expect(int8!.path).toBe(join(runs, 'a', 'export', 'onnx-int8.onnx'));
    for (const { accuracy: own } of [small8!, int8!]) expect(Math.abs(own - top1)).toBeLessThan(5);
    // As a stopped training leaves it: what there is of the network is in the checkpoint.
    for (const name of ['standard', 'best', 'last']) await rm(join(runs, 'a', name), { recursive: true });
    const halfway = await noisydarts('export', join(runs, 'a'), '--to', 'tfjs', '--json');
    const [stock] = JSON.parse(halfway.stdout).files;
    expect(JSON.parse(halfway.stdout)).toMatchObject({ model: join(runs, 'a'), accuracy: stock.accuracy });

    const drawn = await noisydarts(
      'landscape',
      join(runs, 'b'),
      '--images',
      '8',
      '--points',
      '3',
      '--dry-run',
    );
    expect(drawn.stdout).toMatch(/^points: 9, [\d.]+ s each: /m);
  });

  it('says what a run would take: find, measure, experiment and from-pytorch', async () => {
    const dry = async (...args: string[]) => {
      const { status, stdout, stderr } = await noisydarts(...args, '--dry-run', '--json');
      expect(status, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    const tiny = ['--channels', '2', '--cells', '2', '--epochs', '2', '--limit', '64', '--batch', '16'];
    const found = await dry('find', ...tiny, '--train-channels', '2', '--train-epochs', '3', '--runs', runs);
    expect(found).toMatchObject({
      search: { steps: 4, estimatedMb: expect.any(Number) },
      training: { steps: 12 },
    });
    const experiment = await dry('experiment', 's2', ...tiny, '--seeds', '2', '--jobs', '4', '--runs', runs);
    expect(experiment).toMatchObject({
      runs: ['darts-1', 'noisy-1', 'darts-2', 'noisy-2'],
      one: { steps: 4 },
    });
    const measured = await dry('measure', '--channels', '2', '--cells', '2', '--side', '8', '--seconds', '7');
    expect(measured).toMatchObject({ seconds: 7, parameters: { least: expect.any(Number) } });
    expect(await dry('from-pytorch', 'weights.safetensors', '--cells', '3', '--channels', '2')).toMatchObject(
      {
        settings: { kind: 'cifar', cells: 3 },
      },
    );
    expect(await readdir(runs)).toEqual([]);
  });

  describe('--config', () => {
    const write = async (options: unknown) => {
      await writeFile(join(runs, 'options.json'), JSON.stringify(options));
      return ['--config', join(runs, 'options.json')];
    };

    it('takes options of all commands and of one from a file, and what is typed first', async () => {
      const config = await write({
        channels: 2,
        limit: 64,
        'drop-path': 0.1,
        fast: false,
        variant: 'b',
        method: ['noisy'],
        search: { batch: 8, cells: 2, noise: 0 },
        train: { batch: 32 },
      });
      const dry = (...args: string[]) => noisydarts(...args, ...config, '--dry-run', '--json');
      const clash = await dry('search');
      expect([clash.status, clash.stderr]).toEqual([2, expect.stringContaining("got 'variant' and 'noise'")]);
      const searched = await dry('search', '--variant', 'c', '--batch', '16', '--epochs', '1');
      expect(JSON.parse(searched.stdout).settings).toMatchObject({
        ...{ channels: 2, limit: 64, fast: false, variant: 'c', batch: 16, cells: 2 },
      });
      const trained = await dry('train', '--genotype', 'noisy_darts_a', '--cells', '3', '--epochs', '1');
      expect(JSON.parse(trained.stdout).settings).toMatchObject({ channels: 2, batch: 32, dropPath: 0.1 });
      const compared = await dry('experiment', 's2', '--epochs', '1', '--seeds', '1', '--cells', '3');
      const worker = await noisydarts('worker', ...(await write({ queue: 'nope', stale: 5 })));
      expect([worker.status, worker.stderr]).toEqual([
        2,
        expect.stringContaining("'nope' holds no sweep yet"),
      ]);
      expect(JSON.parse(compared.stdout)).toMatchObject({
        runs: ['noisy-1'],
        one: { settings: { channels: 2 } },
      });
    });

    it.each([
      [{ chanels: 2 }, "holds an option that no command has, got 'chanels'"],
      [{ train: { chanels: 2 } }, "holds an option that no train has, got 'chanels'"],
      [{ config: 'x' }, "holds an option that no command has, got 'config'"],
      [{ epochs: 0.5 }, "holds a wrong value of 'epochs', got 0.5; It must be a whole number"],
      [{ fast: 'no' }, `holds a wrong value of 'fast', got "no"; It must be true or false.`],
      [{ search: { space: {} } }, "holds a wrong value of 'space', got {}; It must be a text or a number."],
      [[], 'holds no options, got []'],
    ])('refuses %j by the name of the file', async (options, message) => {
      const { status, stderr } = await noisydarts('search', ...(await write(options)));
      expect([status, stderr]).toEqual([
        2,
        expect.stringContaining(`--config: '${join(runs, 'options.json')}' `),
      ]);
      expect(stderr).toContain(message);
    });
  });

  it('tells its version', async () => {
    expect(await noisydarts('--version')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('bench', () => {
  it('explains itself and every benchmark', async () => {
    const all = bench('--help');
    expect([all.status, all.stdout]).toEqual([
      0,
      expect.stringContaining('NAME is one of supernet, network, micro'),
    ]);
    const one = compare(['--help']);
    await expect(one).rejects.toThrow(Help);
    await expect(one).rejects.toThrow(/--what \(default: search\)/);
    expect(bench('micro', '--x')).toMatchObject({ status: 2, stderr: expect.stringContaining("'--x'") });
    expect(bench('toString')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^bench: unknown benchmark, got 'toString'/),
    });
  });
});

describe('makeSite', () => {
  it('refuses a model that tfjs would never have read, and one that is none', async () => {
    const model = join(runs, 'standard');
    await mkdir(model);
    await expect(makeSite('page', model, join(runs, 'site'))).rejects.toThrow(
      /model.json' cannot be read, got ENOENT/,
    );
    const layer = {
      class_name: 'Flatten',
      name: 'a',
      config: { name: 'a' },
      inbound_nodes: [[['b', 0, 0, {}]]],
    };
    const config = { name: 'm', layers: [layer], input_layers: [['a', 0, 0]], output_layers: [['a', 0, 0]] };
    for (const text of ['{', JSON.stringify({ modelTopology: { class_name: 'Model', config } })]) {
      await writeFile(join(model, 'model.json'), text);
      await expect(makeSite('page', model, join(runs, 'site'))).rejects.toThrow(/model.json' is no model \(/);
    }
    expect(await readdir(runs)).toEqual(['standard']);
  });
});
