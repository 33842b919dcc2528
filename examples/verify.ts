/**
 * Tells whether a backend computes what it should: `npm run verify -- --backend webgpu`; `--help` lists the options.
 *
 * It prints a line a kernel with its error, or JSON, and ends with 1 if a kernel is wrong.
 */
import { main, verifyCommand } from 'noisydarts/cli';

await main(verifyCommand());
