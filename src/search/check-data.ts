import type { Dataset } from '../data';
import { checkDataset } from '../data/check';
import { typeError } from '../errors';
import type { AnySpace } from '../spaces';
import type { Searchable } from '../supernet';
import type { Task } from '../tasks/task';

/** What is learnt on: examples for the weights, and as many sides of them for alpha. */
interface SearchData {
  readonly supernet: Pick<Searchable<AnySpace>, 'subject' | 'outputs'>;
  readonly task: Task;
  readonly train: Dataset;
  readonly valid: Dataset;
}

/** Refuses data sets that do not fit the supernet, the task or each other. */
export function checkData(fn: string, { supernet, task, train, valid }: SearchData): void {
  for (const [what, dataset] of Object.entries({ train, valid })) {
    checkDataset(fn, dataset, what);
    task.fit({ fn, what, subject: supernet.subject, dataset, outputs: supernet.outputs });
  }
  if (JSON.stringify(train.shape) !== JSON.stringify(valid.shape)) {
    throw typeError(
      fn,
      `valid must have examples of ${train.shape.join('x')} like train`,
      valid.shape,
      'split one data set',
    );
  }
}
