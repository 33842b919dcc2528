import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packed } from './support/packed';
import { run } from './support/run';

let empty: string;
beforeAll(() => {
  empty = mkdtempSync(join(tmpdir(), 'noisydarts-empty-'));
});
afterAll(() => rmSync(empty, { recursive: true, force: true }));

const installed = (...path: string[]) => join(packed().consumer, 'node_modules', 'noisydarts', ...path);

const bin = () => installed('dist', 'cli', 'bin.js');

/** The installed command, in a folder that holds nothing. */
const noisydarts = (...args: string[]) => run(process.execPath, [bin(), ...args], empty);

describe('the command of the packed library', () => {
  it('is linked where npx looks for it', () => {
    const bin = join(packed().consumer, 'node_modules', '.bin');
    expect(readdirSync(bin).some((name) => name.startsWith('noisydarts'))).toBe(true);
  });

  it('searches, trains what was found and compares, on the digits that come with it', () => {
    const tiny = ['--channels', '2', '--epochs', '1', '--limit', '64'];
    const searched = noisydarts('search', ...tiny);
    expect(searched.status, searched.output).toBe(0);
    expect(searched.stdout).toContain(`Report: ${join('runs', 'digits', 'report.html')}`);
    expect(existsSync(join(empty, 'runs', 'digits', 'genotype.json'))).toBe(true);
    const trained = noisydarts('train', ...tiny, '--cells', '3', '--batch', '32');
    expect(trained.status, trained.output).toBe(0);
    // Its runs are processes of their own.
    const compared = noisydarts('experiment', 's2', ...tiny, '--cells', '3', '--batch', '16', '--seeds', '1');
    expect(compared.status, compared.output).toBe(0);
    expect(readdirSync(join(empty, 'runs')).sort()).toEqual(['digits', 'experiment-s2', 'train-digits']);
  });

  it('serves what was trained and the page that searches, until it is stopped', async () => {
    const built = noisydarts('serve', '--build-only', '--json');
    expect(built.status, built.output).toBe(0);
    const { site } = JSON.parse(built.stdout);
    expect(readdirSync(join(empty, site))).toEqual(expect.arrayContaining(['index.html', 'model.json']));
    const told = noisydarts('report', join('runs', 'digits'), '--json');
    expect(JSON.parse(told.stdout)).toMatchObject({ command: 'search', search: { epochs: 1, of: 1 } });

    const demo = spawn(process.execPath, [bin(), 'demo', '--port', '0', '--json'], { cwd: empty });
    const ended = new Promise((resolve) => demo.once('exit', resolve));
    const [line] = (await once(demo.stdout, 'data')) as [Buffer];
    const { url } = JSON.parse(String(line));
    const page = await (await fetch(url)).text();
    const files = [...page.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map(([, file]) => file!);
    expect(files.some((file) => file.endsWith('.js'))).toBe(true);
    for (const file of files) expect((await fetch(new URL(file, url))).status, file).toBe(200);
    demo.kill('SIGINT');
    expect(await ended).toBe(130);
  });

  it('explains every command, with examples, and refuses what they do not know', () => {
    // One process for all of them.
    const program = `
      import { createProgram, main } from 'noisydarts/cli';
      const names = createProgram().commands.map((command) => command.name());
      const told = {};
      let out = '';
      process.stdout.write = console.log = (text) => (out += text);
      console.error = (text) => (out += text);
      for (const name of names)
        for (const option of ['--help', '--no-such-option']) {
          out = '';
          process.exitCode = undefined;
          process.argv = ['node', 'noisydarts', name, option];
          await main(createProgram(), 'noisydarts');
          told[name] = [...(told[name] ?? []), { status: process.exitCode ?? 0, out }];
        }
      process.exitCode = 0;
      process.stderr.write(JSON.stringify(told));`;
    const file = join(packed().consumer, 'explain.mjs');
    writeFileSync(file, program);
    const { status, output } = run(process.execPath, [file], packed().consumer);
    expect(status, output).toBe(0);
    const told = JSON.parse(output) as Record<string, { status: number; out: string }[]>;
    expect(Object.keys(told).sort()).toEqual(
      expect.arrayContaining(['demo', 'experiment', 'find', 'from-pytorch', 'landscape', 'measure']),
    );
    for (const name of ['export', 'report', 'search', 'serve', 'sweep', 'train', 'verify'])
      expect(Object.keys(told)).toContain(name);
    for (const [name, [help, misuse]] of Object.entries(told)) {
      expect(help).toEqual({ status: 0, out: expect.stringContaining(`Usage: noisydarts ${name}`) });
      expect(help!.out).toContain(`\nExamples:\n  npx noisydarts ${name}`);
      expect(misuse).toEqual({
        status: 2,
        out: expect.stringContaining("unknown option '--no-such-option'\n--help lists the options."),
      });
    }
  });
});

describe('the pages of the packed library', () => {
  it('lead to files that are in it', () => {
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      ...readdirSync(installed('docs'))
        .filter((n) => n.endsWith('.md'))
        .map((n) => `docs/${n}`),
    ];
    const missing = pages.flatMap((page) => {
      const text = readFileSync(installed(page), 'utf8');
      const links = [...text.matchAll(/(?:\]\(|src="|srcset="|href=")(?!https?:|#|mailto:)([^)#"\s]+)/g)];
      return links
        .map(([, target]) => posix.join(dirname(page), target!))
        .filter((target) => !existsSync(installed(target)))
        .map((target) => `${page}: ${target}`);
    });
    expect(pages.length).toBeGreaterThan(5);
    expect(missing).toEqual([]);
  });
});
