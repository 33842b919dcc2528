/**
 * Trains a detector on the maps of a network, tests one, or makes a page of it: `npm run detect -- --help`.
 *
 * Everything a training makes is in its folder, `runs/NAME/`: `report.html`, the detector as a model that `detectorOf` takes,
 * and one in stock layers. Ctrl-C stops the run after the step in progress, `npm run detect -- train --resume` goes on with it.
 */
import { detectCommand, main } from 'noisydarts/cli';
import { detectPageCommand } from './detect/command';

await main(detectCommand().addCommand(detectPageCommand()));
