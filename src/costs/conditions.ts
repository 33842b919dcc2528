import * as tf from '@tensorflow/tfjs-core';
import { type OptionKeys, rangeError, typeError } from '../errors';
import { describeDevice } from '../verify/device';

/** How to measure. */
export interface MeasureOptions {
  /** Examples in one run. Default 1. */
  readonly batch?: number;
  /** A backend of tfjs that is registered; the one in use before is in use again afterwards. Default: the one in use. */
  readonly backend?: string;
  /** Seconds after which no further round of measurements begins. Default 60. */
  readonly seconds?: number;
  /** The standard error, as a share of the middle, at which something counts as known. Default 0.02. */
  readonly tolerance?: number;
  /** The least number of measurements of each. Default 5. */
  readonly rounds?: number;
  /** Stops after the measurement in progress. */
  readonly signal?: AbortSignal;
}

export const measureKeys = {
  batch: 'count',
  backend: 'text',
  seconds: 'amount',
  tolerance: 'amount',
  rounds: 'count',
  signal: true,
} satisfies OptionKeys<MeasureOptions>;

/** What was measured on, and how: plain JSON. */
export interface MeasuringConditions {
  /** tfjs's name of the backend. */
  readonly backend: string;
  /** Its device, in words. */
  readonly device: string;
  /** What runs it: Node or the browser. */
  readonly runtime: string;
  /** Version of tfjs. */
  readonly tfjs: string;
  readonly batch: number;
  readonly tolerance: number;
  readonly rounds: number;
}

export type Settings = Required<Omit<MeasureOptions, 'backend' | 'signal'>>;

/** Fills in defaults and refuses what cannot be. */
export function resolveMeasuring(fn: string, options: MeasureOptions): Settings {
  const { batch = 1, seconds = 60, tolerance = 0.02, rounds = 5, backend, signal } = options;
  if (backend !== undefined && !tf.engine().registryFactory[backend])
    throw rangeError(
      fn,
      `backend must be a registered one, ${Object.keys(tf.engine().registryFactory).join(', ')}`,
      backend,
      'import its package first',
    );
  if (signal !== undefined && typeof signal?.aborted !== 'boolean')
    throw typeError(fn, 'signal must be an AbortSignal', signal, "pass an AbortController's signal");
  return { batch, seconds, tolerance, rounds };
}

interface Runtime {
  readonly navigator?: { readonly userAgent?: string };
  readonly process?: { readonly versions?: { readonly node?: string } };
}

/** Where measurements are made now. */
export function conditions({ batch, tolerance, rounds }: Settings): MeasuringConditions {
  const { navigator, process } = globalThis as unknown as Runtime;
  const node = process?.versions?.node;
  return {
    backend: tf.getBackend(),
    device: describeDevice(),
    runtime: node ? `Node.js ${node}` : (navigator?.userAgent ?? 'unknown'),
    tfjs: tf.version_core,
    batch,
    tolerance,
    rounds,
  };
}

/** Runs `body` on a backend, then goes back to the one before. */
export async function onBackend<T>(backend: string | undefined, body: () => Promise<T>): Promise<T> {
  await tf.ready();
  const before = tf.getBackend();
  if (backend === undefined || backend === before) return body();
  await tf.setBackend(backend);
  try {
    return await body();
  } finally {
    await tf.setBackend(before);
  }
}
