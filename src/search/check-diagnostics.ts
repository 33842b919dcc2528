import { checkOptions, type OptionKeys } from '../errors';
import type { DiagnosticsOptions, EigenvalueOptions } from './diagnostics';

const eigenvalueKeys = {
  images: 'count',
  step: 'positive',
  weightDecay: 'amount',
  average: 'count',
  iterations: 'count',
  tolerance: 'amount',
  seed: 'seed',
} satisfies OptionKeys<EigenvalueOptions>;

/** Refuses diagnostics that cannot be measured. */
export function checkDiagnostics(diagnostics: DiagnosticsOptions): void {
  checkOptions('search, diagnostics', diagnostics, { every: 'count', eigenvalue: true, gap: true });
  const { eigenvalue = false, gap = false } = diagnostics;
  if (typeof eigenvalue !== 'boolean')
    checkOptions('search, diagnostics.eigenvalue', eigenvalue, eigenvalueKeys);
  if (typeof gap !== 'boolean')
    checkOptions('search, diagnostics.gap', gap, { images: 'count', statistics: ['batch', 'running'] });
}
