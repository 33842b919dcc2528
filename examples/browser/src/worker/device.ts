import * as tf from '@tensorflow/tfjs-core';
import { costRange, type LatencyTable, measureCosts, measureModels, predictCost } from 'noisydarts/costs';
import { createNetwork } from 'noisydarts/network';
import type { DeviceRow, MeasureRequest, Report } from '../protocol';
import { useBackend, withoutTraining } from './backend';
import { space } from './run';
import type { FoundGenotype } from './store';

/** The network that a search's genotype is for: that of `npm run find`. */
const NETWORK = { channels: 12, cells: 5, classes: 10 };

/** Seconds that the networks found are measured for, together. */
const SECONDS = 5;

const shapeOf = ({ data, side }: Pick<MeasureRequest, 'data' | 'side'>): [number, number, number] =>
  data === 'digits' ? [8, 8, 1] : [side, side, 3];

/**
 * Measures what the operations of the space take here.
 *
 * @returns The table; one that `signal` stopped is not complete.
 */
export async function measureDevice(
  request: MeasureRequest,
  report: (message: Report) => void,
  signal: AbortSignal,
): Promise<LatencyTable> {
  const { backend, seconds } = request;
  await useBackend(backend, (note) => report({ type: 'state', state: 'preparing', note, model: false }));
  report({ type: 'state', state: 'measuring', note: '', model: false });
  report({ type: 'measuring', share: 0 });
  const started = performance.now();
  return withoutTraining(() =>
    measureCosts(space, {
      ...NETWORK,
      inputShape: shapeOf(request),
      seconds,
      signal,
      onProgress: ({ settled, total }) => {
        const time = (performance.now() - started) / (1000 * Math.max(seconds, 1));
        report({ type: 'measuring', share: Math.min(1, Math.max(time, settled / total)) });
      },
    }),
  );
}

/** What the page shows of a table. */
export function describeTable(table: LatencyTable): Extract<Report, { type: 'table' }> {
  const { backend, device } = table.measured;
  return {
    type: 'table',
    ...costRange(table),
    device: `${backend} on ${device}`,
    download: {
      name: 'table.json',
      type: 'application/json',
      content: `${JSON.stringify(table, null, 1)}\n`,
    },
  };
}

/** @throws Error if a table is of other images or of another backend than a run. */
export function checkTable(
  table: LatencyTable | undefined,
  settings: MeasureRequest | { data: 'digits' | 'folder'; side: number },
): void {
  if (!table || String(table.sizes.inputShape) !== String(shapeOf(settings)))
    throw new Error('What was measured on this device is of other images; press “Measure” again.');
}

/** Measures the networks of what was found, in turn. */
export async function measureFound(
  table: LatencyTable,
  found: readonly FoundGenotype[],
): Promise<readonly DeviceRow[]> {
  const { inputShape } = table.sizes;
  const networks = found.map(({ genotype }) =>
    createNetwork(genotype, { ...NETWORK, ...(inputShape && { inputShape }), auxiliary: false }),
  );
  try {
    const measured = await withoutTraining(() => measureModels(networks, { seconds: SECONDS }));
    return found.map(({ limit, genotype, accuracy }, i) => {
      const { ms, error } = measured[i]!;
      return {
        limit,
        predicted: predictCost(table as never, genotype as never),
        measured: ms,
        error,
        accuracy,
      };
    });
  } finally {
    for (const network of networks) tf.dispose(network.weights.map((weight) => weight.read()));
  }
}
