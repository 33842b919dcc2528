/**
 * Searches for an architecture with NoisyDARTS: `npm run search -- --help`.
 *
 * Everything the run finds is in its folder, `runs/NAME/`; open `report.html` there. Ctrl-C stops the run after the step in
 * progress, `npm run search -- --resume` goes on with it.
 */
import { main, searchCommand } from 'noisydarts/cli';

await main(searchCommand());
