import { checkOptions, type OptionKeys, rangeError } from '../errors';
import { checkOption } from '../optimizers/options';
import { checkCounts } from '../runs';
import type { DiagnosticsOptions, EigenvalueOptions } from './diagnostics';

const eigenvalueKeys = {
  images: true,
  step: true,
  weightDecay: true,
  average: true,
  iterations: true,
  tolerance: true,
  seed: true,
} satisfies OptionKeys<EigenvalueOptions>;

/** Refuses diagnostics that cannot be measured. */
export function checkDiagnostics(diagnostics: DiagnosticsOptions): void {
  checkOptions('search, diagnostics', diagnostics, { every: true, eigenvalue: true, gap: true });
  const { every, eigenvalue = false, gap = false } = diagnostics;
  checkCounts('search', { 'diagnostics.every': every });
  if (typeof eigenvalue !== 'boolean') {
    checkOptions('search, diagnostics.eigenvalue', eigenvalue, eigenvalueKeys);
    const { images, iterations, average, step, tolerance, weightDecay } = eigenvalue;
    checkCounts('search', {
      'diagnostics.eigenvalue.images': images,
      'diagnostics.eigenvalue.iterations': iterations,
      'diagnostics.eigenvalue.average': average,
    });
    for (const [name, value] of Object.entries({ step, tolerance, weightDecay }))
      if (value !== undefined) checkOption('search', `diagnostics.eigenvalue.${name}`, value);
  }
  if (typeof gap !== 'boolean') {
    checkOptions('search, diagnostics.gap', gap, { images: true, statistics: true });
    checkCounts('search', { 'diagnostics.gap.images': gap.images });
    if (![undefined, 'batch', 'running'].includes(gap.statistics))
      throw rangeError(
        'search',
        "diagnostics.gap.statistics must be 'batch' or 'running'",
        gap.statistics,
        "leave it out for 'batch'",
      );
  }
}
