import type { OptionKeys } from '../errors';

/** A value that goes in a straight line from the first epoch to the last. */
export interface Ramp {
  /** At the first epoch. */
  readonly from: number;
  /** At the last epoch. */
  readonly to: number;
  /** Epochs of the run. */
  readonly epochs: number;
}

/** `from + (to - from) epoch / (epochs - 1)`, and `to` from the last epoch on. */
export function ramp({ from, to, epochs }: Ramp, epoch: number): number {
  return from + (to - from) * Math.min(1, epoch / Math.max(1, epochs - 1));
}

/** Of what kind the parts of a ramp are. */
export const RAMP_KEYS = { from: 'positive', to: 'positive', epochs: 'count' } satisfies OptionKeys<Ramp>;
