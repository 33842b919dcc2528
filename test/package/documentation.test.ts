import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifest, root, run } from './support/run';

describe('documentation', () => {
  it('covers every public export', () => {
    const { status, output } = run('npm', ['run', '--silent', 'docs', '--', '--emit', 'none']);
    expect(status, output).toBe(0);
  });

  it('names only commands and files that exist', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const commands = [...readme.matchAll(/\bnpm run (?:--silent )?([\w:-]*\w)/g)].map(([, name]) => name!);
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.filter((name) => !(name in manifest().scripts))).toEqual([]);
    const links = [...readme.matchAll(/(?:\]\(|\bsrc=")(?!https?:|#)([^)"#\s]+)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
