import { RunError } from '../runs';

/** A search that cannot go on; what was stored is intact. */
export class SearchError extends RunError {
  override readonly name = 'SearchError';
}
