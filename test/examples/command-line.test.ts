import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compare } from '../../bench/compare';
import { Help } from '../../bench/options';
import { checkFree, makeRunFolder, removeIfEmpty, UsageError } from '../../examples/command-line';
import { experimentCommand } from '../../examples/experiment/command';
import { fromPytorchCommand } from '../../examples/from-pytorch/command';
import { landscapeCommand } from '../../examples/landscape/command';
import { searchCommand } from '../../examples/search/command';
import { serveCommand } from '../../examples/serve/command';
import { buildSite } from '../../examples/serve/site';
import { trainCommand } from '../../examples/train/command';
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
  landscape: landscapeCommand,
  experiment: experimentCommand,
  'from-pytorch': fromPytorchCommand,
  serve: serveCommand,
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
    'landscape',
    'experiment',
    'from-pytorch',
    'serve',
    'verify',
    'mixed-op',
  ])('explains itself, and refuses what it does not know: %s', async (name) => {
    const help = Object.hasOwn(commands, name)
      ? await call(name as CommandName, ['--help'])
      : await runExample(`${name}.ts`, ['--help']);
    expect([help.status, help.stdout]).toEqual([0, expect.stringContaining(`${name}`)]);
    const misuse = await runExample(`${name}.ts`, ['--no-such-option']);
    expect([misuse.status, misuse.stdout]).toEqual([2, '']);
    expect(misuse.stderr).toContain("unknown option '--no-such-option'\n--help lists the options.");
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
    ['experiment', [], 2, '--help lists the options.'],
  ] as const)('says what is wrong: %s %j', async (name, args, code, message) => {
    const { status, stdout, stderr } = await call(name, args);
    expect([status, stdout]).toEqual([code, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
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

describe('buildSite', () => {
  it('refuses a model that tfjs would never have read, and one that is none', async () => {
    const model = join(runs, 'standard');
    await mkdir(model);
    await expect(buildSite(model, join(runs, 'site'))).rejects.toThrow(
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
      await expect(buildSite(model, join(runs, 'site'))).rejects.toThrow(/model.json' is no model \(/);
    }
    expect(await readdir(runs)).toEqual(['standard']);
  });
});
