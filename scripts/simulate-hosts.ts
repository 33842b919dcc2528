/**
 * `npm run simulate:hosts`: what sharing every batch of one search among 1 to 64 hosts would gain, beside running as many
 * searches, for docs/scaling.md. On paper: nothing is sent.
 *
 * A step of n hosts takes as long as the share of the largest part of the batch, and a ring that adds up the gradients,
 * 2 (n - 1) messages one after the other of 1/n of them each.
 *
 * The time is that of docs/performance.md, 0.1119 s an image (`npm run --silent bench -- supernet --batch 64`), in which a part that
 * every step has, whatever its batch, does not show; --image and --step replace it.
 */
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '64' },
    // Seconds an image on one thread, and of a step whatever its batch.
    image: { type: 'string', default: '0.1119' },
    step: { type: 'string', default: '0' },
    weights: { type: 'string', default: '1930000' },
  },
});
const [batch, image, step, weights] = [values.batch, values.image, values.step, values.weights].map(
  Number,
) as [number, number, number, number];
const bytes = 4 * weights;

/** Bytes a second each way, and seconds that a message takes on top. */
const NETWORKS = {
  '1 Gbit/s, 0.2 ms': { rate: 125e6, latency: 2e-4 },
  '10 Gbit/s, 0.1 ms': { rate: 1.25e9, latency: 1e-4 },
  '100 Mbit/s, 20 ms': { rate: 12.5e6, latency: 2e-2 },
};
const HOSTS = [1, 2, 4, 8, 16, 32, 64];

const compute = (hosts: number) => step + image * Math.ceil(batch / hosts);
const exchange = (hosts: number, { rate, latency }: { rate: number; latency: number }) =>
  hosts === 1 ? 0 : 2 * (hosts - 1) * (bytes / hosts / rate + latency);

console.log(
  `batch ${batch}, ${image} s an image and ${step} s a step on one thread, ${(bytes / 1e6).toFixed(1)} MB a step`,
);
console.log(
  `| hosts | images each | s a step, no network | ${Object.keys(NETWORKS).join(' | ')} | as many searches |`,
);
console.log(
  `| - | - | - | ${Object.keys(NETWORKS)
    .map(() => '-')
    .join(' | ')} | - |`,
);
for (const hosts of HOSTS) {
  const speedups = Object.values(NETWORKS).map((network) => {
    const seconds = compute(hosts) + exchange(hosts, network);
    return `${(compute(1) / seconds).toFixed(1)} (${Math.round((100 * exchange(hosts, network)) / seconds)} % network)`;
  });
  console.log(
    `| ${hosts} | ${Math.ceil(batch / hosts)} | ${compute(hosts).toFixed(3)} | ${speedups.join(' | ')} | ${hosts} |`,
  );
}
