#!/usr/bin/env node
import { main } from './command-line';
import { createProgram } from './program';

// What reads the output may have enough of it, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

await main(createProgram(), 'noisydarts');
