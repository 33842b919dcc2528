import { requireObject } from '../errors';
import type { BackendVerification } from './verify-backend';

/** A verification as text: a line on the backend, then one for each kernel with its error, the wrong ones marked. */
export function formatVerification(verification: BackendVerification): string {
  requireObject(
    'formatVerification',
    'the verification',
    verification,
    'pass that of verifyBackend()',
    'kernels',
  );
  const { backend, device, ok, kernels } = verification;
  const width = Math.max(...kernels.map(({ name }) => name.length));
  const rows = kernels.map(({ name, ok: right, error, reason }) =>
    [right ? 'ok   ' : 'WRONG', name.padEnd(width), error?.toExponential(1) ?? reason].join('  '),
  );
  const wrong = kernels.filter((kernel) => !kernel.ok).length;
  const verdict = ok ? 'every kernel is right' : `${wrong} of ${kernels.length} kernels are wrong`;
  return [`${backend}, on ${device}: ${verdict}`, ...rows].join('\n');
}
