#!/usr/bin/env node
import { main, STOPPED } from './command-line';
import { createProgram } from './program';

// What reads the output may have enough of it, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

// A sweep starts its runs as processes with a channel; without their parent nobody would know how they end.
process.once('disconnect', () => process.kill(process.pid, 'SIGINT'));
if (process.connected === false) process.exit(STOPPED);
await main(createProgram(), 'noisydarts');
// The channel keeps a process alive.
process.removeAllListeners('disconnect');
process.disconnect?.();
