/** Serves a page that searches in the browser, see examples/browser: `npm run demo -- --help`. */
import { demoCommand, main } from 'noisydarts/cli';

await main(demoCommand());
