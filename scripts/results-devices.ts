/**
 * Predicted against measured: `npm run --silent results:devices [-- SECONDS]`. Measures what operations take on tfjs's wasm
 * backend (without this library's kernels, as where a network is used), predicts random genotypes of the DARTS space and of
 * NAS-Bench-201 by that, measures their networks as a whole, and prints the tables of `docs/devices.md`.
 */
import '@tensorflow/tfjs-backend-wasm';
import { argv } from 'node:process';
import * as tf from '@tensorflow/tfjs-core';
import { measureCosts, measureModels, predictCost } from 'noisydarts/costs';
import { type Genotype, type NasBench201Cell, randomGenotype } from 'noisydarts/genotype';
import { createNetwork } from 'noisydarts/network';
import { darts, nasBench201 } from 'noisydarts/spaces';

const COUNT = 30;
const NEAR = 0.1;
const seconds = Number(argv[2] ?? 60);
if (!(seconds > 0)) throw new RangeError(`results:devices: SECONDS must be above 0, got ${argv[2]}; pass 60`);

await tf.setBackend('wasm');
const plans = [
  {
    space: darts(),
    sizes: { channels: 16, cells: 8, classes: 10, inputShape: [32, 32, 3] },
    network: (genotype: unknown, sizes: object) =>
      createNetwork(genotype as Genotype, { ...sizes, auxiliary: false }),
  },
  {
    space: nasBench201(),
    sizes: { channels: 16, cells: 5, classes: 10, inputShape: [32, 32, 3] },
    network: (genotype: unknown, sizes: object) => createNetwork(genotype as NasBench201Cell, sizes),
  },
] as const;

const ms = (value: number) => value.toFixed(2);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

for (const { space, sizes, network } of plans) {
  const table = await measureCosts(space, { ...sizes, inputShape: [32, 32, 3], seconds });
  const genotypes = Array.from({ length: COUNT }, (_, seed) => randomGenotype<typeof space>(space, seed));
  const networks = genotypes.map((genotype) => network(genotype, sizes));
  const measured = await measureModels(networks, { seconds });
  const { runtime, tfjs, device, parts } = table.measured;
  const rows = genotypes.map((genotype, i) => {
    const predicted = predictCost(table as never, genotype as never);
    const { ms: whole, error } = measured[i]!;
    return { predicted, whole, error: error / whole, off: predicted / whole - 1 };
  });
  const near = rows.filter(({ off }) => Math.abs(off) <= NEAR).length;
  const worst = Math.max(...rows.map(({ off }) => Math.abs(off)));
  const spread = Math.max(...rows.map(({ error }) => error));
  console.log(
    `\n${space.name}, ${sizes.channels} channels, ${sizes.cells} cells, wasm on ${device}, ${runtime}, tfjs ${tfjs}: ` +
      `${near} of ${COUNT} within ${percent(NEAR)}, the worst off by ${percent(worst)}; ` +
      `standard error of the measured ones at most ${percent(spread)}, of ${parts.filter(({ settled }) => settled).length} of ${parts.length} operations within the tolerance.\n`,
  );
  console.log('| seed | predicted, ms | measured, ms | off by |');
  console.log('| ---- | ------------- | ------------ | ------ |');
  rows.forEach(({ predicted, whole, off }, seed) => {
    console.log(
      `| ${seed} | ${ms(predicted)} | ${ms(whole)} | ${off < 0 ? '-' : '+'}${percent(Math.abs(off))} |`,
    );
  });
}
