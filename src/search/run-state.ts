import * as tf from '@tensorflow/tfjs-core';
import type { RunningAverageState } from '../analysis';
import { rangeError } from '../errors';
import { type LayerWeight, variableOf } from '../layers';
import type { NamedTensor, Optimizer, OptimizerState } from '../optimizers';
import type { Supernet } from '../supernet';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint';
import type { EpochRecord } from './events';

/** Where a run stands, apart from tensors. */
export interface RunPosition {
  /** Epoch in progress, from 0. */
  epoch: number;
  /** Iterations done, over the whole run. */
  step: number;
  /** Iterations done in the epoch in progress. */
  stepInEpoch: number;
  /** Loss of the epoch in progress. */
  loss: RunningAverageState;
  /** Accuracy of the epoch in progress. */
  accuracy: RunningAverageState;
  /** Seconds spent in the epoch in progress. */
  seconds: number;
  /** Epochs done. */
  history: EpochRecord[];
}

interface Meta {
  readonly settings: Record<string, unknown>;
  readonly position: RunPosition;
  readonly optimizers: Record<string, Omit<OptimizerState, 'tensors'>>;
}

/** What a run consists of, beside its settings and position. */
export interface RunParts {
  readonly supernet: Supernet;
  readonly optimizers: Readonly<Record<string, Optimizer>>;
}

/** A weight's name below the supernet; the supernet's own name differs from run to run. */
const nameBelow = (weight: LayerWeight) => weight.originalName.slice(weight.originalName.indexOf('/') + 1);

/** Takes the whole state of a run: weights, alphas, running statistics, optimizers, position, history. */
export async function saveRun(
  { supernet, optimizers }: RunParts,
  settings: Record<string, unknown>,
  position: RunPosition,
): Promise<Uint8Array> {
  const tensors: NamedTensor[] = await Promise.all(
    supernet.weights.map(async (weight) => ({
      name: `supernet/${nameBelow(weight)}`,
      shape: weight.read().shape,
      data: (await weight.read().data()) as Float32Array,
    })),
  );
  const headers: Meta['optimizers'] = {};
  for (const [name, optimizer] of Object.entries(optimizers)) {
    const { tensors: buffers, ...header } = optimizer.state();
    headers[name] = header;
    tensors.push(...buffers.map((buffer) => ({ ...buffer, name: `${name}/${buffer.name}` })));
  }
  const meta: Meta = { settings, position, optimizers: headers };
  return encodeCheckpoint({ meta, tensors });
}

/**
 * Puts a stored state back and returns the position.
 *
 * Everything is checked before anything changes.
 *
 * @throws RangeError if the bytes are no checkpoint, or one of a run with other settings.
 */
export function restoreRun(
  bytes: Uint8Array,
  { supernet, optimizers }: RunParts,
  settings: Record<string, unknown>,
): RunPosition {
  const { meta, tensors } = decodeCheckpoint(bytes) as Checkpoint & { meta: Meta };
  const own = JSON.parse(JSON.stringify(settings)) as Record<string, unknown>;
  const differing = [...new Set([...Object.keys(own), ...Object.keys(meta.settings)])].filter(
    (key) => JSON.stringify(own[key]) !== JSON.stringify(meta.settings[key]),
  );
  if (differing.length > 0) {
    throw rangeError(
      'search',
      `the checkpoint is of a run with other settings (${differing.join(', ')})`,
      Object.fromEntries(differing.map((key) => [key, meta.settings[key]])),
      'resume with the settings of that run',
    );
  }
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const values = supernet.weights.map((weight) => {
    const stored = byName.get(`supernet/${nameBelow(weight)}`);
    if (!stored || !tf.util.arraysEqual([...stored.shape], weight.read().shape)) {
      throw rangeError(
        'search',
        `the checkpoint must hold '${nameBelow(weight)}' as [${weight.read().shape}]`,
        stored?.shape,
        'resume with the supernet of that run',
      );
    }
    return stored;
  });
  supernet.weights.forEach((weight, index) => {
    const { data, shape } = values[index]!;
    tf.tidy(() => variableOf(weight).assign(tf.tensor(data, [...shape], 'float32')));
  });
  for (const [name, optimizer] of Object.entries(optimizers)) {
    const prefix = `${name}/`;
    optimizer.restore({
      ...meta.optimizers[name]!,
      tensors: tensors
        .filter((tensor) => tensor.name.startsWith(prefix))
        .map((tensor) => ({ ...tensor, name: tensor.name.slice(prefix.length) })),
    });
  }
  return meta.position;
}
