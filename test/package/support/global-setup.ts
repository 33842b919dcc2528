import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Packed } from './packed';
import { manifest, mustRun, root } from './run';

/** Peers that only a sweep with a server has: the package has to work without them. */
const SERVERS = /^(@aws-sdk|@bull-board)\/|^(bullmq|ioredis)$/;

/** Packs the library (which builds it) and installs the tarball, with its peers, in a project of its own. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'noisydarts-'));
  try {
    project.provide('packed', prepare(folder));
  } catch (error) {
    project.provide('packed', { error: String(error) });
  }
  return () => rmSync(folder, { recursive: true, force: true });
}

function prepare(folder: string): Packed {
  mustRun('npm', ['pack', '--pack-destination', folder]);
  const { name, version, peerDependencies } = manifest();
  const tarball = join(folder, `${name}-${version}.tgz`);
  const consumer = join(folder, 'consumer');
  mkdirSync(consumer);
  const peers = Object.keys(peerDependencies).filter((peer) => !SERVERS.test(peer));
  const installed = (dependency: string) => manifest(join(root, 'node_modules', dependency)).version;
  writeFileSync(
    join(consumer, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: {
        [name]: `file:${tarball}`,
        ...Object.fromEntries(['@tensorflow/tfjs-backend-cpu', ...peers].map((d) => [d, installed(d)])),
      },
      devDependencies: { '@types/node': installed('@types/node') },
    }),
  );
  mustRun('npm', ['install', '--no-audit', '--no-fund'], consumer);
  return { tarball, consumer };
}
