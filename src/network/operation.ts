import type { InputShape, MapShape } from '../layers';
import { candidateNamed, requireWindow } from '../layers/candidates';

/** Refuses an operation that nobody knows, or that is none of a network's inputs. */
export function requireOperation(primitive: string, inputShape: InputShape): void {
  candidateNamed(primitive);
  requireWindow('createNetwork', primitive, [null, ...inputShape] as MapShape);
}
