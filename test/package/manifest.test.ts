import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { entries } from '../../scripts/entries';
import { manifest, root, run } from './support/run';

const { type, engines, exports, scripts, peerDependencies, peerDependenciesMeta } = manifest();

describe('package.json', () => {
  it('is an ES module for Node 20.19 and later', () => {
    expect(type).toBe('module');
    expect(engines).toEqual({ node: '>=20.19' });
  });

  it('exports folders of src, types first, and itself', () => {
    const { './package.json': self, ...declared } = exports;
    expect(self).toBe('./package.json');
    for (const [path, files] of Object.entries(declared)) {
      const module = posix.join(path, 'index');
      expect(Object.entries(files)).toEqual([
        ['types', `./dist/${module}.d.ts`],
        ['default', `./dist/${module}.js`],
      ]);
      expect(existsSync(join(root, entries[module]!)), entries[module]).toBe(true);
    }
  });

  it('exports what the table of entries in the README lists', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const listed = [...readme.matchAll(/^\| `(noisydarts[\w/-]*)` /gm)].map(([, name]) => name!);
    const { './package.json': _, ...declared } = exports;
    const names = Object.keys(declared).map((path) => posix.join('noisydarts', path));
    expect(listed.sort()).toEqual(names.sort());
  });

  it('has tfjs with the backend of its command for peers, and other backends, sharp, Dawn and what a sweep may be kept in for optional ones', () => {
    const {
      '@tensorflow/tfjs-core': core,
      '@tensorflow/tfjs-layers': layers,
      '@tensorflow/tfjs-backend-wasm': wasm,
      ...optional
    } = peerDependencies;
    expect([core, layers, wasm]).toEqual(['^4.22.0', '^4.22.0', '^4.22.0']);
    expect(optional).toEqual({
      '@aws-sdk/client-s3': '^3.1175.0',
      '@bull-board/api': '^9.10.1',
      '@bull-board/express': '^9.10.1',
      '@tensorflow/tfjs-backend-cpu': '^4.22.0',
      '@tensorflow/tfjs-backend-webgpu': '^4.22.0',
      bullmq: '^6.7.0',
      ioredis: '>=5.0.0',
      sharp: '>=0.33.0',
      webgpu: '>=0.3.0',
    });
    expect(peerDependenciesMeta).toEqual(
      Object.fromEntries(Object.keys(optional).map((name) => [name, { optional: true }])),
    );
  });

  it('runs nothing when it is installed', () => {
    expect(Object.keys(scripts)).not.toContain('preinstall');
    expect(Object.keys(scripts)).not.toContain('install');
    expect(Object.keys(scripts)).not.toContain('postinstall');
  });
});

describe('the repository', () => {
  const files = run('git', ['ls-files', '--cached', '--others', '--exclude-standard'])
    .output.trim()
    .split('\n');

  it('has a lock file without addresses of a registry', () => {
    const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
    expect(lock).toContain('"node_modules/seedrandom"');
    expect(lock).not.toMatch(/"resolved": "(?!node_modules|src)/);
  });

  it('names no folder of a machine and no registry', () => {
    expect(files).toContain('package.json');
    const machine = /(?<![\w.])\/(?:home|root|Users|work|tmp)\/\w|[A-Z]:\\\\?\w|registry\.(?:npmjs|yarnpkg)/;
    const named = files
      .filter((file) => file !== 'package-lock.json')
      .filter((file) => machine.test(readFileSync(join(root, file), 'latin1')));
    expect(named).toEqual([]);
  });
});
