import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { version } from '../../package.json';
import type { NoiseSettings } from '../layers';
import type { ModelSearchOptions, SearchOptions } from '../search';
import { checkDiagnostics } from '../search/check-diagnostics';
import { withOwnModel } from '../search/own-model';
import { resolveSearch, runSettings } from '../search/settings';
import type { AnySpace } from '../spaces';
import type { SearchedModel } from '../supernet';

/** Settings of a run in named groups: plain JSON. */
export type RunSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** One kind of noise and where it falls. */
interface NoiseGroup extends NoiseSettings {
  /** The candidates it falls on. */
  readonly on: readonly string[];
  /** How many edges of the supernet have it. */
  readonly edges: number;
}

function noiseGroups(supernet: SearchedModel): readonly NoiseGroup[] {
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

/** The limits of a search and how they are pressed for. */
function budgetSettings(budget: SearchOptions['budget']): { readonly budget?: readonly object[] } {
  if (!budget) return {};
  const budgets = [budget].flat().map(({ name, limit, unit, combine, settings }) => ({
    name,
    limit: `${limit} ${unit}`,
    combine,
    ...settings,
  }));
  return { budget: budgets };
}

/**
 * What there is to say about a search before it starts, defaults filled in: the supernet, the search, and the machine it
 * runs on. For `recordRun`.
 */
export function describeRun<S extends AnySpace>(options: SearchOptions<S> | ModelSearchOptions): RunSettings {
  const given = 'model' in Object(options) ? withOwnModel(options as ModelSearchOptions) : options;
  const resolved = resolveSearch(given as SearchOptions);
  const { supernet, evaluateEvery, evaluationBatchSize, diagnostics } = resolved;
  if (diagnostics !== undefined) checkDiagnostics(diagnostics);
  const { [supernet.subject]: net, alphas, ...training } = runSettings(resolved);
  const { noise: _, layers, ...size } = net as Record<string, unknown>;
  const weights = supernet.weightVariables();
  return {
    [supernet.subject]: {
      ...size,
      ...(Array.isArray(layers) && { layers: layers.map(([name]) => name) }),
      ...(weights.length > 0 && { parameters: weights.reduce((sum, variable) => sum + variable.size, 0) }),
      alphas,
      noise: noiseGroups(supernet),
    },
    search: {
      ...training,
      evaluateEvery,
      evaluationBatchSize,
      ...(diagnostics && { diagnostics }),
      ...budgetSettings(options.budget),
    },
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
