/**
 * Measures what the operations of a search space take on this machine: `npm run measure`; `--help` lists the options.
 *
 * The table is a JSON file that `npm run search -- --latency FILE --latency-limit MS` takes. Ctrl-C stops after the
 * measurement in progress, `--resume` goes on.
 */
import { main, measureCommand } from 'noisydarts/cli';

await main(measureCommand());
