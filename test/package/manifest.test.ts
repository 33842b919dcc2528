import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifest, root, run } from './support/run';

const { type, engines, exports, scripts, peerDependencies, peerDependenciesMeta } = manifest();

describe('package.json', () => {
  it('is an ES module for Node 20.19 and later', () => {
    expect(type).toBe('module');
    expect(engines).toEqual({ node: '>=20.19' });
  });

  it('exports eight entries, types first, and itself', () => {
    const { './package.json': self, ...entries } = exports;
    expect(self).toBe('./package.json');
    expect(Object.keys(entries)).toEqual([
      '.',
      './catalogue',
      './network',
      './node',
      './pytorch',
      './verify',
      './wasm',
      './webgpu',
    ]);
    for (const entry of Object.values(entries)) expect(Object.keys(entry)).toEqual(['types', 'default']);
  });

  it('has tfjs for a peer, and the backends, sharp and Dawn for optional ones', () => {
    const {
      '@tensorflow/tfjs-core': core,
      '@tensorflow/tfjs-layers': layers,
      ...optional
    } = peerDependencies;
    expect([core, layers]).toEqual(['^4.22.0', '^4.22.0']);
    expect(optional).toEqual({
      '@tensorflow/tfjs-backend-wasm': '^4.22.0',
      '@tensorflow/tfjs-backend-webgpu': '^4.22.0',
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
