/**
 * Compares plain DARTS with NoisyDARTS over several seeds: `npm run experiment -- --help`.
 *
 * `npm run experiment -- nasbench201 --data DIR --table FILE` searches in the NAS-Bench-201 space and looks the found cells
 * up; `s1` to `s4` are the spaces of RobustDARTS. Every run has a folder of its own within the experiment's;
 * `report.html` there compares them. Ctrl-C stops all runs after the step each is in, `--resume` goes on with them.
 */
import { experimentCommand, main } from 'noisydarts/cli';

await main(experimentCommand());
