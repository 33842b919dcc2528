import { rangeError } from '../../errors';
import type { NetworkEvaluation, TaskEvaluation } from './evaluate-network';
import type { TrainingRecord } from './events';

/** What a training remembers of its evaluations. */
export interface TrainingMemory {
  /** The best epoch so far, with its loss and metrics by name; null before the first evaluation. */
  readonly best: Readonly<Record<string, number>> | null;
  /** The last evaluation. */
  readonly heldOut: TaskEvaluation | NetworkEvaluation | null;
}

/** Refuses what no training remembers of its evaluations. */
export function checkOwn(own: TrainingMemory, history: readonly TrainingRecord[], decides: string): void {
  const { best } = own ?? {};
  const heldOut = own?.heldOut as NetworkEvaluation | null;
  const areNumbers = (...values: unknown[]) => values.every(Number.isFinite);
  const sound =
    (best === null || areNumbers(history[best?.epoch ?? -1]?.validLoss, best?.[decides], best?.loss)) &&
    (heldOut === null || areNumbers(heldOut?.images, heldOut?.loss)) &&
    (heldOut === null || decides !== 'accuracy' || areNumbers(heldOut.top1 ?? heldOut.metrics?.accuracy)) &&
    (heldOut?.confusion === undefined || heldOut.confusion.every?.((row) => areNumbers(...row))) &&
    history.every(({ trainLoss, learningRate }) => areNumbers(trainLoss, learningRate));
  if (!sound)
    throw rangeError(
      'trainNetwork',
      "the checkpoint's history must be one of evaluations",
      own,
      'use the checkpoint of such a run, or start the run anew',
    );
}
