/**
 * Trains the network of a genotype from scratch: `npm run train -- --help`.
 *
 * Everything the run makes is in its folder, `runs/NAME/`: `report.html`, the best and the last weights as models that
 * `tf.loadLayersModel` reads, and the best ones in stock layers, for programs without this library. Ctrl-C stops the run
 * after the step in progress, `npm run train -- --resume` goes on with it.
 */
import { main, trainCommand } from 'noisydarts/cli';

await main(trainCommand());
