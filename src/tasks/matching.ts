import type { Dataset } from '../data';
import { rangeError, typeError } from '../errors';
import { describeSides, isOfSides } from '../layers/flat-model';

/** Where a model's outputs meet targets, for messages. */
export interface Meeting {
  readonly fn: string;
  /** What the data set is called. */
  readonly what: string;
  /** What gives the outputs: a supernet, a network. */
  readonly subject: string;
  readonly dataset: Dataset;
  /** Shape of one output. */
  readonly outputs: readonly (number | null)[];
}

/** Refuses targets that are not of the outputs' shape. */
export function checkSameShape({ fn, what, subject, dataset, outputs }: Meeting): void {
  const { targets, classes } = dataset;
  if (targets && isOfSides(targets.shape, outputs)) return;
  throw typeError(
    fn,
    `${what} must have targets of the ${subject}'s outputs, ${describeSides(outputs)}`,
    targets ?? { classes },
    `give it such targets, or create the ${subject} with as many outputs (its classes)`,
  );
}

/** Refuses targets that are neither class indices nor shares of as many classes as there are outputs. */
export function checkClasses({ fn, what, subject, dataset: { classes, targets }, outputs }: Meeting): void {
  const given = outputs.at(-1)!;
  if (classes === undefined ? targets?.shape.join() !== outputs.join() : outputs.length !== 1)
    throw typeError(
      fn,
      `${what} must have classes, or the share of each of the ${subject}'s ${outputs.join('x')} outputs`,
      targets ?? { classes },
      'pass a data set of such targets, or the task they are for',
    );
  if (classes !== undefined && classes > given)
    throw rangeError(
      fn,
      `${what} has more classes than the ${subject}'s ${given}`,
      classes,
      `create the ${subject} with as many classes`,
    );
}
