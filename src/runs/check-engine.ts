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
  const isOther = engine[what] !== subject;
  const wrong = isOther ? what : 'task';
  if (isOther || !isSameTask(task, settings))
    throw typeError(
      fn,
      `the engine must have the ${wrong} of the run`,
      isOther ? 'another' : task,
      `create it with this ${wrong}`,
    );
}
