import { rangeError } from '../errors';
import type { Evaluation } from '../search';
import type { AnySpace } from '../spaces';
import type { SelectionAnswer, SelectionRequest, SelectionStart } from './plan';

/** Where a selection stands, apart from tensors: plain JSON. */
export interface Position<S extends AnySpace> {
  /** The supernet at the start, with the epoch that its search was in. */
  readonly start: Pick<SelectionStart<S>, 'weights' | 'genotype'> & { readonly epoch: number };
  /** What its plan was answered. */
  readonly answers: readonly SelectionAnswer[];
  /** Decisions told. */
  readonly decided: number;
  /** Steps taken in all, and for the request that is being answered. */
  readonly step: number;
  readonly stepInRequest: number;
  /** Nothing is averaged; a checkpoint without means would be one of the first version. */
  readonly means: object;
}

/** Whether an answer is one to the request. */
export function isAnswerTo(request: SelectionRequest, answer: SelectionAnswer): boolean {
  return request.kind === 'evaluate'
    ? Number.isFinite((answer as Evaluation | null)?.loss)
    : typeof (answer as { weights?: unknown } | null)?.weights === 'object';
}

/** The position in a checkpoint, checked. */
export function checkPosition<S extends AnySpace>(fn: string, stored: unknown): Position<S> {
  const { start, answers: told, decided, step, stepInRequest } = Object(stored) as Position<S>;
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (
    typeof start?.weights !== 'object' ||
    typeof start.genotype !== 'object' ||
    !isCount(start.epoch) ||
    !Array.isArray(told) ||
    !isCount(decided) ||
    !isCount(step) ||
    !isCount(stepInRequest)
  )
    throw rangeError(
      fn,
      "the checkpoint's position must be that of a selection",
      stored,
      'use the checkpoint of such a selection, or start it anew',
    );
  return stored as Position<S>;
}
