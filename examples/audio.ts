/**
 * Searches and trains a network for spoken digits, and serves a page that listens: `npm run audio -- --help`.
 *
 * Everything the run makes is in its folder, `runs/NAME/`: the genotype and its drawings, the network in stock layers, and
 * the page in `site/`. Ctrl-C stops the run after the step in progress, `npm run audio -- --resume NAME` goes on with it.
 */

import { main } from 'noisydarts/cli';
import { audioCommand } from './audio/command';

await main(audioCommand());
