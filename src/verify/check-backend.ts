import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';
import { requireBackend } from '../kernels/kernel';

/** Backends of tfjs that the library's tests run on. */
const TESTED = new Set(['cpu', 'wasm', 'webgl', 'webgpu']);

const verified = new WeakSet<object>();

/**
 * Refuses to start on a backend that computes wrongly, before hours are spent on it: the quick part of `verifyBackend()`, once
 * for each backend that is none of those tested.
 *
 * @param fn - Who asks.
 * @throws RangeError that names the wrong kernels.
 */
export async function checkBackend(fn: string): Promise<void> {
  const name = requireBackend(fn);
  if (TESTED.has(name) || verified.has(tf.backend())) return;
  // Loaded when it is needed, as it hardly ever is.
  const { verifyBackend } = await import('./verify-backend');
  const { kernels } = await verifyBackend({ quick: true });
  const wrong = kernels.filter(({ ok }) => !ok);
  if (wrong.length > 0) {
    throw rangeError(
      fn,
      `the backend '${name}' computes wrongly`,
      wrong.map(
        ({ name: kernel, error, reason }) => `${kernel}: ${reason ?? `error ${error!.toExponential(1)}`}`,
      ),
      'use another backend; verifyBackend() of noisydarts/verify tells more',
    );
  }
  verified.add(tf.backend());
}
