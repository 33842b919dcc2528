import { show } from '../errors';

/** A run that cannot go on; what was stored is intact. */
export class RunError extends Error {
  override readonly name: string = 'RunError';

  constructor(
    /** What is wrong. */
    message: string,
    /** Epoch of the fault, from 0. */
    readonly epoch: number,
    /** Iteration of the fault, from 0. */
    readonly step: number,
    options?: ErrorOptions,
  ) {
    super(typeof message === 'string' ? message : show(message), options);
  }
}
