/**
 * Two finished trainings side by side, a found network's and a plain one's: `npm run --silent results:training -- FOUND
 * PLAIN`, both folders of runs. Draws `docs/images/training.svg` and prints the table of `docs/results/cifar-10.md`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkEvaluation, TrainingRecord } from 'noisydarts/network';
import { chartPicture } from './chart-picture';

const [foundFolder, plainFolder] = process.argv.slice(2);
if (!foundFolder || !plainFolder) {
  throw new Error('results:training: two folders are needed, got fewer; pass the runs of both trainings');
}
const read = <T>(folder: string, file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;
const runs = [
  { label: 'found', folder: foundFolder, className: 'nd-convolution' },
  { label: 'plain', folder: plainFolder, className: 'nd-pooling' },
].map((run) => ({
  ...run,
  history: read<TrainingRecord[]>(run.folder, 'history.json'),
  test: read<NetworkEvaluation & { best: number }>(run.folder, 'test.json'),
  parameters: /<dt>Parameters<\/dt><dd>([\d,]+)/.exec(
    readFileSync(join(run.folder, 'report.html'), 'utf8'),
  )?.[1],
}));

writeFileSync(
  fileURLToPath(new URL('../docs/images/training.svg', import.meta.url)),
  chartPicture({
    id: 'training',
    title: 'Held-out accuracy',
    heading: 'Held-out accuracy over the epochs, %',
    about: 'Held-out accuracy over the epochs, percent: a found and a plain network of as many parameters',
    lines: runs.map(({ label, className, history }) => ({
      label,
      className,
      values: history.map(({ validAccuracy }) => validAccuracy),
    })),
    epochs: Math.max(...runs.map(({ history }) => history.length)),
    noun: ' network',
  }),
);

console.log('| network | parameters | held out, % | test, % | top-5, % | minutes |');
console.log('| ------- | ---------- | ----------- | ------- | -------- | ------- |');
for (const { label, history, test, parameters } of runs) {
  const seconds = history.reduce((sum, record) => sum + record.seconds, 0);
  const heldOut = history[test.best]!.validAccuracy!;
  console.log(
    `| ${label} | ${parameters} | ${heldOut.toFixed(2)} | ${test.top1.toFixed(2)} | ${test.top5.toFixed(2)} | ${(seconds / 60).toFixed(1)} |`,
  );
}
