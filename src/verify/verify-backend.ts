import * as tf from '@tensorflow/tfjs-core';
import { checkOptions, type OptionKeys } from '../errors';
import { type VerificationCase, verificationCases } from './cases';
import { describeDevice } from './device';
import { expected } from './expected';
import { summarize, summaryError } from './summary';

/** Options of {@link verifyBackend}. */
export interface VerifyOptions {
  /** Only the hardest case of each kernel. Default false. */
  readonly quick?: boolean;
}

/** What {@link verifyBackend} found of a kernel. */
export interface KernelVerdict {
  /** Its registered name, or that of an operation made of several. */
  readonly name: string;
  /** Whether the error is at most 1e-4. */
  readonly ok: boolean;
  /**
   * Largest error over its results: of their norm, and of their sums under random signs, as a share of the norm. `null` if it
   * threw or gave what is no finite number.
   */
  readonly error: number | null;
  /** What it threw, or that it gave other shapes or numbers that are not finite. */
  readonly reason?: string;
}

/** What {@link verifyBackend} found. Plain JSON. */
export interface BackendVerification {
  /** tfjs's name of the backend. */
  readonly backend: string;
  /** Its device, in words. */
  readonly device: string;
  /** Whether every kernel is right. */
  readonly ok: boolean;
  readonly kernels: readonly KernelVerdict[];
}

const TOLERANCE = 1e-4;

type Finding = Omit<KernelVerdict, 'name' | 'ok'>;

/**
 * Runs small fixed cases of every kernel of this library on the backend in use, forward and gradient, and compares what comes
 * out with numbers that come with the library: those of its generic kernels on tfjs's cpu backend, which agree with the
 * official PyTorch code's. Whole mixed edges in training, noise, running statistics and optimizers are among them.
 *
 * It takes seconds, reads nothing from elsewhere, and leaves no tensor behind. Call it after the backend's training kernels
 * have been put in, and again if they are taken away.
 *
 * @throws TypeError for an unknown option; Error if no backend is registered. A kernel that throws is a finding.
 */
export async function verifyBackend(options: VerifyOptions = {}): Promise<BackendVerification> {
  checkOptions('verifyBackend', options, { quick: 'flag' } satisfies OptionKeys<VerifyOptions>);
  await tf.ready();
  const findings = new Map<string, Finding>();
  for (const one of verificationCases) {
    if (options.quick && !one.quick) continue;
    const found = await findingsOf(one);
    one.kernels.forEach((name, i) => {
      findings.set(name, worse(findings.get(name), found[i]!));
    });
  }
  const kernels = [...findings].map(([name, finding]) => ({
    name,
    ok: finding.error !== null && finding.error <= TOLERANCE,
    ...finding,
  }));
  return {
    backend: tf.getBackend(),
    device: describeDevice(),
    ok: kernels.every(({ ok }) => ok),
    kernels,
  };
}

/** What a case gives, in short: for each of its kernels the summaries of its results. */
export async function summariesOf({ compute }: VerificationCase): Promise<number[][][]> {
  const results = tf.tidy(() => compute() as tf.Tensor[][]);
  try {
    return await Promise.all(
      results.map((tensors) => Promise.all(tensors.map(async (tensor) => summarize(await tensor.data())))),
    );
  } finally {
    tf.dispose(results);
  }
}

async function findingsOf(one: VerificationCase): Promise<Finding[]> {
  const failed = (reason: string) => one.kernels.map((): Finding => ({ error: null, reason }));
  const numbers = expected[one.title]!;
  try {
    const found = await summariesOf(one);
    return found.map((summaries, k) => {
      if (summaries.length !== numbers[k]!.length)
        return { error: null, reason: 'another number of results' };
      const errors = summaries.map((summary, i) => summaryError(summary, numbers[k]![i]!));
      const odd = errors.find((error) => !Number.isFinite(error));
      return odd === undefined
        ? { error: Math.max(...errors) }
        : { error: null, reason: 'numbers that are not finite' };
    });
  } catch (error) {
    disposeTape();
    return failed(error instanceof Error ? error.message : String(error));
  }
}

/** tfjs keeps what a gradient saved if it throws on the way back. */
function disposeTape(): void {
  const { state } = tf.engine();
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
  state.activeTape = null as never;
}

function worse(one: Finding | undefined, other: Finding): Finding {
  if (!one) return other;
  if (one.error === null || other.error === null) return one.error === null ? one : other;
  return one.error >= other.error ? one : other;
}
