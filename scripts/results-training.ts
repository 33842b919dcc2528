/**
 * Two finished trainings side by side, a found network's and a plain one's: `npm run --silent results:training -- FOUND
 * PLAIN`, both folders of runs. Draws `docs/images/training.svg` and prints the table of `docs/results/cifar-10.md`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NetworkEvaluation, TrainingRecord } from 'noisydarts/network';
import { themeStyle } from '../src/genotype/drawing/theme';
import { chartBody, chartStyle } from '../src/node/report/chart';

const SIZE = { width: 640, height: 320 };
const TOP = 58;

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

const { body } = chartBody({
  id: 'training',
  title: 'Held-out accuracy',
  lines: runs.map(({ label, className, history }) => ({
    label,
    className,
    values: history.map(({ validAccuracy }) => validAccuracy),
  })),
  epochs: Math.max(...runs.map(({ history }) => history.length)),
  ...SIZE,
});
const keys = runs.map(
  ({ label, className }, i) =>
    `<g class="${className}"><path stroke-width="3" d="M${16 + 150 * i} 42h22"/><text class="nd-label" x="${46 + 150 * i}" y="46">${label} network</text></g>`,
);
writeFileSync(
  fileURLToPath(new URL('../docs/images/training.svg', import.meta.url)),
  `<svg xmlns="http://www.w3.org/2000/svg" class="nd-auto nd-chart nd-alone" width="${SIZE.width}" height="${TOP + SIZE.height}" viewBox="0 0 ${SIZE.width} ${TOP + SIZE.height}" role="img">
<title>Held-out accuracy over the epochs, percent: a found and a plain network of as many parameters</title>
<style>
${themeStyle('auto')}
${chartStyle}
.nd-alone{color:#1f2937}
@media (prefers-color-scheme:dark){.nd-alone{color:#e6eaf0}}
.nd-alone text.nd-label{text-anchor:start;font-size:12px;font-weight:400}
</style>
<rect class="nd-paper" width="${SIZE.width}" height="${TOP + SIZE.height}" rx="8"/>
<text class="nd-title" x="16" y="22">Held-out accuracy over the epochs, %</text>
${keys.join('\n')}
<g transform="translate(0 ${TOP})">${body}</g>
</svg>
`,
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
