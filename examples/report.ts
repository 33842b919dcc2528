/** Tells what a run has come to: `npm run report -- runs/NAME`. */
import { main, reportCommand } from 'noisydarts/cli';

await main(reportCommand());
