import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';
import type { NamedTensor, Optimizer, OptimizerState } from '../optimizers';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint';

/** What a run consists of, beside its settings and position. */
export interface StoredParts {
  /** Whose run it is, for messages. */
  readonly fn: string;
  /** What is trained, for messages. */
  readonly subject: string;
  /** Everything that changes, by a name that is the same in every run. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  readonly optimizers: Readonly<Record<string, Optimizer>>;
}

/** A run that was read back. */
export interface UnpackedRun<Position> {
  readonly position: Position;
  /** The further tensors that were packed. */
  readonly more: readonly NamedTensor[];
}

interface Meta<Position> {
  readonly settings: Record<string, unknown>;
  readonly position: Position;
  readonly optimizers: Record<string, Omit<OptimizerState, 'tensors'>>;
}

const under = (prefix: string, tensors: readonly NamedTensor[]): NamedTensor[] =>
  tensors
    .filter(({ name }) => name.startsWith(prefix))
    .map((tensor) => ({ ...tensor, name: tensor.name.slice(prefix.length) }));

/**
 * Takes the whole state of a run.
 *
 * @param position - Where it stands: plain JSON.
 * @param more - Further tensors to keep with it.
 */
export async function packRun<Position>(
  { subject, variables, optimizers }: StoredParts,
  settings: Record<string, unknown>,
  position: Position,
  more: readonly NamedTensor[] = [],
): Promise<Uint8Array> {
  const tensors: NamedTensor[] = await Promise.all(
    [...variables].map(async ([name, variable]) => ({
      name: `${subject}/${name}`,
      shape: variable.shape,
      data: (await variable.data()) as Float32Array,
    })),
  );
  const headers: Meta<Position>['optimizers'] = {};
  for (const [name, optimizer] of Object.entries(optimizers)) {
    const { tensors: buffers, ...header } = await optimizer.readState();
    headers[name] = header;
    tensors.push(...buffers.map((buffer) => ({ ...buffer, name: `${name}/${buffer.name}` })));
  }
  tensors.push(...more.map((tensor) => ({ ...tensor, name: `more/${tensor.name}` })));
  const meta: Meta<Position> = { settings, position, optimizers: headers };
  return encodeCheckpoint({ meta, tensors });
}

/**
 * Puts a stored state back and returns the position. Everything is checked before anything changes.
 *
 * @throws RangeError if the bytes are no checkpoint, or one of a run with other settings.
 */
export function unpackRun<Position>(
  bytes: Uint8Array,
  { fn, subject, variables, optimizers }: StoredParts,
  settings: Record<string, unknown>,
): UnpackedRun<Position> {
  const { meta, tensors } = decodeCheckpoint(bytes) as Checkpoint & { meta: Meta<Position> };
  const own = JSON.parse(JSON.stringify(settings)) as Record<string, unknown>;
  const differing = [...new Set([...Object.keys(own), ...Object.keys(meta.settings)])].filter(
    (key) => JSON.stringify(own[key]) !== JSON.stringify(meta.settings[key]),
  );
  if (differing.length > 0) {
    throw rangeError(
      fn,
      `the checkpoint is of a run with other settings (${differing.join(', ')})`,
      Object.fromEntries(differing.map((key) => [key, meta.settings[key]])),
      'resume with the settings of that run',
    );
  }
  const stored = new Map(under(`${subject}/`, tensors).map((tensor) => [tensor.name, tensor]));
  const values = [...variables].map(([name, variable]) => {
    const value = stored.get(name);
    if (!value || !tf.util.arraysEqual([...value.shape], variable.shape)) {
      throw rangeError(
        fn,
        `the checkpoint must hold '${name}' as [${variable.shape}]`,
        value?.shape,
        `resume with the ${subject} of that run`,
      );
    }
    return [variable, value] as const;
  });
  for (const [variable, { data, shape }] of values) {
    tf.tidy(() => variable.assign(tf.tensor(data, [...shape], 'float32')));
  }
  for (const [name, optimizer] of Object.entries(optimizers)) {
    optimizer.restore({ ...meta.optimizers[name]!, tensors: under(`${name}/`, tensors) });
  }
  return { position: meta.position, more: under('more/', tensors) };
}
