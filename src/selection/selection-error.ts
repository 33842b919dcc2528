import { RunError } from '../runs';

/** A selection that cannot go on; what was stored is intact. Its `epoch` counts the decisions made. */
export class SelectionError extends RunError {
  override readonly name = 'SelectionError';
}
