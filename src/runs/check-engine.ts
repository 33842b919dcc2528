import { typeError } from '../errors';
import type { TaskSettings } from '../tasks';
import { isSameTask, plainTask, type Task } from '../tasks/task';

/** Refuses an engine of something else than what a run trains, or of another task. */
export function checkEngine<S extends 'supernet' | 'network'>(
  fn: string,
  what: S,
  engine: { readonly [K in S]: unknown } & { readonly task?: TaskSettings },
  subject: unknown,
  { settings }: Task,
): void {
  const { task = plainTask } = engine;
  if (engine[what] !== subject)
    throw typeError(fn, `the engine must belong to the ${what}`, 'another', `create it from this ${what}`);
  if (!isSameTask(task, settings))
    throw typeError(fn, 'the engine must have the task of the run', task, 'create it with this task');
}
