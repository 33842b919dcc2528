import { RunError } from '../../runs';

/** A training that cannot go on; what was stored is intact. */
export class TrainingError extends RunError {
  override readonly name = 'TrainingError';
}
