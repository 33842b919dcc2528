/**
 * From images to a tested network in one run: `npm run find -- --help`.
 *
 * Searches, trains what was found from scratch, and tests it. Everything the run makes is in its folder, `runs/NAME/`; open
 * `report.html` there. Ctrl-C stops the run after the step in progress, `npm run find -- --resume` goes on with it.
 */
import { findCommand, main } from 'noisydarts/cli';

await main(findCommand());
