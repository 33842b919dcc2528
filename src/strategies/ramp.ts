import { rangeError } from '../errors';

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

/** Refuses a ramp whose ends are not above `least`, or that has no epochs. */
export function checkRamp(fn: string, what: string, { from, to, epochs }: Ramp, least: number): void {
  for (const end of [from, to]) {
    if (!(Number.isFinite(end) && end > least)) {
      throw rangeError(fn, `${what} must be a finite number above ${least}`, end, 'leave it out');
    }
  }
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw rangeError(fn, 'epochs must be a positive integer', epochs, "pass the search's");
  }
}
