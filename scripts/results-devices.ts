/**
 * Predicted against measured: `npm run --silent results:devices [-- SECONDS]`. Measures what operations take on tfjs's wasm
 * backend (without this library's kernels, as where a network is used) in the DARTS space and in NAS-Bench-201, and among them,
 * in turn, networks of random genotypes as a whole. The table is fitted to the first of these, as `measureCosts()` does, and
 * predicts the other thirty. Prints the tables of `docs/devices.md`.
 */
import '@tensorflow/tfjs-backend-wasm';
import { argv } from 'node:process';
import * as tf from '@tensorflow/tfjs-core';
import { measureCosts, predictCost } from 'noisydarts/costs';
import { randomGenotype } from 'noisydarts/genotype';
import { type AnySpace, darts, nasBench201 } from 'noisydarts/spaces';

const COUNT = 30;
/** Networks that the table is fitted to, besides that of the cheapest operations. */
const FITTED = 8;
const NEAR = 0.1;
const seconds = Number(argv[2] ?? 120);
if (!(seconds > 0))
  throw new RangeError(`results:devices: SECONDS must be above 0, got ${argv[2]}; pass 120`);

await tf.setBackend('wasm');
const plans: readonly { readonly space: AnySpace; readonly cells: number }[] = [
  { space: darts(), cells: 8 },
  { space: nasBench201(), cells: 5 },
];

const ms = (value: number) => value.toFixed(2);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

for (const { space, cells } of plans) {
  const sizes = { channels: 16, cells, classes: 10, inputShape: [32, 32, 3] } as const;
  const all = await measureCosts(space as never, { ...sizes, networks: FITTED + COUNT, seconds });
  const { runtime, tfjs, device, parts } = all.measured;
  const numberOf = (name: string) => Number(/^network (\d+)$/.exec(name)?.[1] ?? 0);
  // Everything is known, so that nothing is measured again: the table that the first networks make.
  const known = parts
    .filter(({ name }) => numberOf(name) <= FITTED)
    .map((part) => ({ ...part, settled: true }));
  const resume = { ...all, measured: { ...all.measured, parts: known } };
  const table = await measureCosts(space as never, { ...sizes, networks: FITTED, seconds, resume });
  const { slopes, residual, networks } = table.measured.calibration!;
  const rows = parts
    .filter(({ name }) => numberOf(name) > FITTED)
    .map(({ name, ms: whole, error }) => {
      const number = numberOf(name);
      const predicted = predictCost(
        table as never,
        randomGenotype(space, `calibration ${number - 1}`) as never,
      );
      return { number, predicted, whole, error: error / whole, off: predicted / whole - 1 };
    });
  const near = rows.filter(({ off }) => Math.abs(off) <= NEAR).length;
  /** Within what is near, or within twice the standard error of the measured one where that is more. */
  const within = rows.filter(({ off, error }) => Math.abs(off) <= Math.max(NEAR, 2 * error)).length;
  const worst = Math.max(...rows.map(({ off }) => Math.abs(off)));
  const spread = Math.max(...rows.map(({ error }) => error));
  console.log(
    `\n${space.name}, 16 channels, ${cells} cells, wasm on ${device}, ${runtime}, tfjs ${tfjs}: ` +
      `${near} of ${COUNT} within ${percent(NEAR)}, ${within} within that or two standard errors, the worst off by ${percent(worst)}; ` +
      `standard error of the measured ones at most ${percent(spread)}, of ${parts.filter(({ settled }) => settled).length} of ${parts.length} parts within the tolerance; ` +
      `the ${networks} networks of the fit ${percent(residual)} off what the others say of them; slopes ${Object.entries(
        slopes,
      )
        .map(([primitive, slope]) => `${primitive} ${slope.toFixed(2)}`)
        .join(', ')}.\n`,
  );
  console.log('| network | predicted, ms | measured, ms | standard error | off by |');
  console.log('| ------- | ------------- | ------------ | -------------- | ------ |');
  for (const { number, predicted, whole, error, off } of rows)
    console.log(
      `| ${number} | ${ms(predicted)} | ${ms(whole)} | ${percent(error)} | ${off < 0 ? '-' : '+'}${percent(Math.abs(off))} |`,
    );
}
