/**
 * Serves a page that reads drawn digits with a trained network in stock layers: `npm run serve -- --help`.
 *
 * The network is that of the latest training on the digits; if there is none, a small one is trained first, which takes
 * less than a minute. The page is in the run's folder, `runs/NAME/site/`, and any file server can serve it.
 */
import { main, serveCommand } from 'noisydarts/cli';

await main(serveCommand());
