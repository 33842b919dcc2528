import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { version } from '../../package.json';
import type { NoiseSettings } from '../layers';
import type { SearchOptions } from '../search';
import { resolveSearch, runSettings } from '../search/settings';
import type { SearchSpace } from '../spaces';
import type { Supernet } from '../supernet';

/** Settings of a run in named groups: plain JSON. */
export type RunSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** One kind of noise and where it falls. */
interface NoiseGroup extends NoiseSettings {
  /** The candidates it falls on. */
  readonly on: readonly string[];
  /** How many edges of the supernet have it. */
  readonly edges: number;
}

function noiseGroups(supernet: Supernet): readonly NoiseGroup[] {
  const groups = new Map<string, { settings: NoiseSettings; on: Set<string>; edges: Set<string> }>();
  for (const [cell, edges] of supernet.noise.entries()) {
    for (const [edge, byCandidate] of edges.entries()) {
      for (const [primitive, settings] of Object.entries(byCandidate ?? {})) {
        if (!settings) continue;
        const key = JSON.stringify(settings);
        const group = groups.get(key) ?? { settings, on: new Set(), edges: new Set() };
        groups.set(key, group);
        group.on.add(primitive);
        group.edges.add(`${cell}/${edge}`);
      }
    }
  }
  return [...groups.values()].map(({ settings, on, edges }) => ({
    on: [...on],
    edges: edges.size,
    ...settings,
  }));
}

/**
 * What there is to say about a search before it starts, defaults filled in: the supernet, the search, and the machine it
 * runs on. For `recordRun`.
 */
export function describeRun<S extends SearchSpace>(options: SearchOptions<S>): RunSettings {
  const resolved = resolveSearch(options as unknown as SearchOptions);
  const { supernet: net, alphas, ...training } = runSettings(resolved);
  const { noise: _, ...size } = net as Record<string, unknown>;
  const { supernet, evaluateEvery, evaluationBatchSize, diagnostics } = resolved;
  return {
    supernet: {
      ...size,
      ...(supernet.built
        ? { parameters: supernet.weightVariables().reduce((sum, variable) => sum + variable.size, 0) }
        : {}),
      alphas,
      noise: noiseGroups(supernet),
    },
    search: { ...training, evaluateEvery, evaluationBatchSize, ...(diagnostics && { diagnostics }) },
    environment: {
      noisydarts: version,
      tfjs: tf.version_core,
      backend: tf.getBackend(),
      node: process.versions.node,
      platform: `${platform()} ${arch()}`,
      processor: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    },
  };
}
