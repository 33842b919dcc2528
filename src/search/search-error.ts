/** A search that cannot go on; what was stored is intact. */
export class SearchError extends Error {
  override readonly name = 'SearchError';

  constructor(
    message: string,
    /** Epoch of the fault, from 0. */
    readonly epoch: number,
    /** Iteration of the fault, from 0. */
    readonly step: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
