import { rangeError, typeError } from '../errors';
import { Generator } from './generator';

/** The logarithm of a number from Gamma(shape, 1), which itself may be too small for a float. */
function logGamma(generator: Generator, shape: number): number {
  // Below 1 by the identity Gamma(a) = Gamma(a + 1) U^(1 / a).
  if (shape < 1) return logGamma(generator, shape + 1) + Math.log(1 - generator.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = generator.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - generator.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v))
      return Math.log(d * v);
  }
}

/**
 * A number from Beta(alpha, alpha), the share of one of two such gammas in their sum.
 *
 * @throws RangeError unless alpha is finite and above 0; TypeError for what is no generator.
 *
 * Source: Marsaglia and Tsang 2000, "A simple method for generating gamma variables".
 */
export function beta(generator: Generator, alpha: number): number {
  if (!(generator instanceof Generator))
    throw typeError('beta', 'the generator must be one', generator, 'pass stream(seed).generator()');
  if (!(alpha > 0 && Number.isFinite(alpha)))
    throw rangeError('beta', 'alpha must be a finite number above 0', alpha, 'pass for example 0.2');
  const first = logGamma(generator, alpha);
  return 1 / (1 + Math.exp(logGamma(generator, alpha) - first));
}
