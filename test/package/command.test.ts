import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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

/** The installed command, in a folder that holds nothing. */
const noisydarts = (...args: string[]) =>
  run(process.execPath, [installed('dist', 'cli', 'bin.js'), ...args], empty);

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

  it.each([
    'search',
    'train',
    'find',
    'experiment',
    'sweep',
    'landscape',
    'from-pytorch',
    'measure',
    'verify',
  ])('explains itself, and refuses what it does not know: %s', (name) => {
    const help = noisydarts(name, '--help');
    expect([help.status, help.stdout]).toEqual([0, expect.stringContaining(`Usage: noisydarts ${name}`)]);
    const misuse = noisydarts(name, '--no-such-option');
    expect([misuse.status, misuse.stdout]).toEqual([2, '']);
    expect(misuse.output).toContain("unknown option '--no-such-option'\n--help lists the options.");
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
