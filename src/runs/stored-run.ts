import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';
import { edgeKernel } from '../kernels/edge';
import type { NamedTensor, Optimizer, OptimizerState } from '../optimizers';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint';
import type { CheckpointStore } from './checkpoint-store';
import { describeDifferences, differences } from './differences';
import type { OtherKernels } from './events';
import { requireFiniteTensors } from './finite';
import { matchVariables, readVariables } from './named-variables';
import type { RunError } from './run-error';

export { checkPosition } from './check-position';

/** An optimizer and what it moves, in the order of its steps. */
export interface TrainedVariables {
  readonly optimizer: Optimizer;
  readonly variables: readonly tf.Variable[];
}

/** What a run consists of, beside its settings and position. */
export interface StoredParts {
  /** Whose run it is, for messages. */
  readonly fn: string;
  /** What is trained, for messages. */
  readonly subject: string;
  /** Everything that changes, by a name that is the same in every run. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  readonly trained: Readonly<Record<string, TrainedVariables>>;
}

/** A run of any kind, whose state is kept. */
export interface KeptRun<At, Place extends object> extends StoredParts {
  /** What two runs must have in common for one to go on from the other's checkpoint: plain JSON. */
  readonly settings: Record<string, unknown>;
  readonly Failure: new (...args: ConstructorParameters<typeof RunError>) => RunError;
  /** Where it stands, two numbers by the names that events and errors have for them. */
  place(at: At): Place;
  /** Tensors to store besides. Default none. */
  more?(): readonly NamedTensor[];
  /** A stored position, checked, once the tensors of {@link KeptRun.more} are taken in. */
  restore(position: unknown, more: readonly NamedTensor[]): At;
}

interface Meta {
  readonly settings: Record<string, unknown>;
  readonly position: unknown;
  readonly optimizers: Record<string, Omit<OptimizerState, 'tensors'>>;
  /** Backend and build of the fast kernels, where these have several. */
  readonly kernels?: string;
}

/** The build of the fast kernels in use, if they have several: the last bits depend on it. */
function kernelsInUse(): string | undefined {
  const backend = tf.getBackend();
  const build = edgeKernel(backend)?.build;
  return build && `${backend} ${build}`;
}

const under = (prefix: string, tensors: readonly NamedTensor[]): NamedTensor[] =>
  tensors
    .filter(({ name }) => name.startsWith(prefix))
    .map((tensor) => ({ ...tensor, name: tensor.name.slice(prefix.length) }));

const below = (prefix: string, tensors: readonly NamedTensor[]): NamedTensor[] =>
  tensors.map((tensor) => ({ ...tensor, name: `${prefix}${tensor.name}` }));

/**
 * Takes the whole state of a run.
 *
 * @param position - Where it stands: plain JSON.
 * @param more - Further tensors to keep with it.
 * @throws RangeError if a value is NaN or infinite: such a state is not worth keeping in place of an earlier one.
 */
export async function packRun(
  { fn, subject, variables, trained }: StoredParts,
  settings: Record<string, unknown>,
  position: unknown,
  more: readonly NamedTensor[] = [],
): Promise<Uint8Array> {
  const tensors = below(`${subject}/`, await readVariables(variables));
  const optimizers: Meta['optimizers'] = {};
  for (const [name, { optimizer }] of Object.entries(trained)) {
    const { tensors: buffers, ...header } = await optimizer.readState();
    optimizers[name] = header;
    tensors.push(...below(`${name}/`, buffers));
  }
  tensors.push(...below('more/', more));
  requireFiniteTensors(fn, tensors);
  const kernels = kernelsInUse();
  const meta: Meta = { settings, position, optimizers, ...(kernels && { kernels }) };
  return encodeCheckpoint({ meta, tensors });
}

/** The meta data of a checkpoint in today's form, or undefined if they are not those of a run. */
function readMeta(meta: unknown, settings: Record<string, unknown>): Meta | undefined {
  const isGroup = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const stored = meta as Meta;
  if (!isGroup(stored) || !isGroup(stored.settings) || !isGroup(stored.optimizers)) return undefined;
  if (!isGroup(stored.position) || 'means' in (stored.position as object)) return stored;
  // Version 1: two means at the top, and nothing said of settings that came later.
  const { epoch, step, stepInEpoch, loss, accuracy, seconds, history, ...own } = stored.position as Record<
    string,
    unknown
  >;
  const means = stepInEpoch === 0 ? {} : { loss, accuracy };
  return {
    ...stored,
    settings: { ...settings, ...stored.settings },
    position: { epoch, step, stepInEpoch, means, seconds, history, own },
  };
}

/**
 * Puts a stored state back and returns the position. Everything is checked before anything changes.
 *
 * @param check - Refuses a position that cannot be, and further tensors that do not go with it; is told of kernels with other
 *   last bits; returns what it is to the caller.
 * @throws RangeError if the bytes are no checkpoint, one of a run with other settings, or one whose content is not that
 * of such a run.
 */
export function unpackRun<T>(
  bytes: Uint8Array,
  { fn, subject, variables, trained }: StoredParts,
  settings: Record<string, unknown>,
  check: (position: unknown, more: readonly NamedTensor[], others: OtherKernels | undefined) => T,
): T {
  const { meta, tensors } = decodeCheckpoint(bytes);
  const own = JSON.parse(JSON.stringify(settings)) as Record<string, unknown>;
  const stored = readMeta(meta, own);
  const remedy = `resume with the ${subject} of that run`;
  if (!stored)
    throw rangeError(fn, 'the checkpoint must hold settings, optimizers and a position', meta, remedy);
  const found = differences(stored.settings, own);
  if (found.length > 0) {
    const fields = [...new Set(found.map(({ path }) => path.split(/[.[]/)[0]))].join(', ');
    throw new RangeError(
      `${fn}: the checkpoint is of a run with other settings (${fields}), got ${describeDifferences(found)}; ` +
        'resume with the settings of that run',
    );
  }
  const assign = matchVariables(fn, 'the checkpoint', variables, under(`${subject}/`, tensors), remedy);
  requireFiniteTensors(fn, tensors);
  const states = Object.entries(trained).map(([name, { optimizer, variables: moved }]) => {
    const state = { ...stored.optimizers[name]!, tensors: under(`${name}/`, tensors) };
    for (const { name: buffer, shape } of state.tensors) {
      const variable = moved[Number(buffer.slice(buffer.lastIndexOf('.') + 1))];
      if (!variable || !tf.util.arraysEqual([...shape], variable.shape))
        throw rangeError(
          fn,
          `the checkpoint's '${name}/${buffer}' must be [${variable?.shape}]`,
          shape,
          remedy,
        );
    }
    if (![0, moved.length].includes(state.numbers?.variables ?? -1))
      throw rangeError(
        fn,
        `the checkpoint's optimizer '${name}' must be of ${moved.length} variables`,
        state.numbers,
        remedy,
      );
    return [optimizer, state] as const;
  });
  const now = kernelsInUse() ?? null;
  const others = stored.kernels && stored.kernels !== now ? { stored: stored.kernels, now } : undefined;
  const result = check(stored.position, under('more/', tensors), others);
  for (const [optimizer, state] of states) optimizer.restore(state);
  assign();
  return result;
}

/** Stores the state of a run; what there is to report. */
export async function saveRun<At, Place extends object>(
  run: KeptRun<At, Place>,
  at: At,
  store: CheckpointStore,
) {
  const bytes = await packRun(run, run.settings, at, run.more?.());
  await store.save(bytes);
  return { type: 'checkpoint' as const, ...run.place(at), bytes: bytes.length };
}

/** Goes on from a stored state: where the run stands, and what there is to report. */
export function resumeRun<At, Place extends object>(run: KeptRun<At, Place>, bytes: Uint8Array) {
  return unpackRun(bytes, run, run.settings, (position, more, otherKernels) => {
    const at = run.restore(position, more);
    return {
      at,
      event: { type: 'resumed' as const, ...run.place(at), ...(otherKernels && { otherKernels }) },
    };
  });
}
