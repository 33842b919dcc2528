import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stopOnInterrupt } from '../../../src/node';

let now = 0;
let exit: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  now = 5000;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
});
afterEach(() => vi.restoreAllMocks());

/** Sends a signal to the listener added last, as the process would. */
const send = (signal: 'SIGINT' | 'SIGTERM') => process.listeners(signal).at(-1)!(signal);
const listeners = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');

describe('stopOnInterrupt', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('aborts its signal at the first %s', (signal) => {
    const onStop = vi.fn();
    const interrupt = stopOnInterrupt({ onStop });
    expect(interrupt.signal.aborted).toBe(false);
    send(signal);
    expect(interrupt.signal.aborted).toBe(true);
    expect(onStop).toHaveBeenCalledOnce();
    expect(exit).not.toHaveBeenCalled();
    interrupt.dispose();
  });

  it('takes one key press that arrives twice for one', () => {
    const onStop = vi.fn();
    const interrupt = stopOnInterrupt({ onStop });
    send('SIGINT');
    now += 300;
    send('SIGINT');
    expect(onStop).toHaveBeenCalledOnce();
    expect(exit).not.toHaveBeenCalled();
    interrupt.dispose();
  });

  it('ends the process at the second', () => {
    const interrupt = stopOnInterrupt();
    send('SIGINT');
    now += 1001;
    send('SIGINT');
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
    interrupt.dispose();
  });

  it('leaves interrupts to the process again', () => {
    const before = listeners();
    const interrupt = stopOnInterrupt();
    expect(listeners()).toBe(before + 2);
    interrupt.dispose();
    expect(listeners()).toBe(before);
  });
});
