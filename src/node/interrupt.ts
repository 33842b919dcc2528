import { checkOptions } from '../errors';
/** What {@link stopOnInterrupt} returns. */
export interface Interrupt {
  /** Aborted by the first interrupt; give it to `search()`. */
  readonly signal: AbortSignal;
  /** Leaves interrupts to the process again. */
  dispose(): void;
}

/** Options of {@link stopOnInterrupt}. */
export interface InterruptOptions {
  /** Called by the first interrupt, for example to say that the run will stop. */
  readonly onStop?: () => void;
}

/** Milliseconds in which a further signal counts as the same one. */
const SAME = 1000;

/**
 * Lets Ctrl-C stop a search after the step in progress: the first interrupt aborts the signal, a second one ends the
 * process with status 130. A request to terminate (SIGTERM) counts as an interrupt.
 *
 * Signals are seen between steps only; `withProgress` makes room for them.
 */
export function stopOnInterrupt(options: InterruptOptions = {}): Interrupt {
  const { onStop } = checkOptions('stopOnInterrupt', options, { onStop: 'function' });
  const controller = new AbortController();
  let first = 0;
  const interrupted = () => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort();
      onStop?.();
      return;
    }
    // A terminal signals the whole process group and a runner like npm passes its own signal on, so one key press
    // may arrive twice.
    if (performance.now() - first > SAME) process.exit(130);
  };
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted);
  return {
    signal: controller.signal,
    dispose: () => {
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    },
  };
}
