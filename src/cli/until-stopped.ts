import { stopOnInterrupt } from '../node/interrupt';

/** Waits for Ctrl-C. */
export async function untilStopped(): Promise<void> {
  const interrupt = stopOnInterrupt();
  await new Promise((stop) => interrupt.signal.addEventListener('abort', stop, { once: true }));
  interrupt.dispose();
}
