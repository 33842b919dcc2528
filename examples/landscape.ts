/**
 * Draws the loss around what a search has come to: `npm run landscape -- runs/NAME`; `--help` lists the options.
 *
 * It leaves `landscape.json` and `landscape.svg` in the run's folder. Ctrl-C stops it after the point in progress,
 * `--resume` goes on with it.
 */
import { landscapeCommand, main } from 'noisydarts/cli';

await main(landscapeCommand());
