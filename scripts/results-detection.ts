/**
 * Whether a detector learns the 128 training pictures of a small COCO by heart: `npm run results:detection -- --data DIR --runs
 * DIR`, the folder of `instances_train2017.json`, `train2017` and the same of val2017, and one for the run. Draws
 * `docs/images/detection.svg` and writes the figures into `docs/detection.md`. The same command goes on where it was stopped.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { useBackend } from 'noisydarts/cli';
import {
  createDetector,
  type DetectionDataset,
  type DetectorRecord,
  evaluateDetector,
  trainDetector,
} from 'noisydarts/detection';
import { countCost, createMobileNetwork } from 'noisydarts/network';
import { fileStore, readCoco, saveModel, stopOnInterrupt, withProgress } from 'noisydarts/node';
import { smallBackbone } from '../src/cli/detect/backbone';
import { percent } from '../src/cli/detect/figures';
import { chartPicture } from './chart-picture';

const { values } = parseArgs({ options: { data: { type: 'string' }, runs: { type: 'string' } } });
if (!values.data || !values.runs)
  throw new Error('results:detection: two folders are needed, got fewer; pass --data DIR --runs DIR');
const { data, runs } = values;

const SIDE = 256;
const EPOCHS = 70;
const WIDTH = 64;
const SEED = 0;

await useBackend({ backend: 'wasm', fast: true });
const read = (part: string) =>
  readCoco(join(data, `instances_${part}.json`), join(data, part), {
    short: SIDE,
    long: SIDE,
    badBoxes: 'skip',
  });
const [train, others] = [await read('train2017'), await read('val2017')];
const backbone = createMobileNetwork(smallBackbone, { classes: 2, inputShape: [SIDE, SIDE, 3], seed: SEED });
const detector = createDetector({
  backbone,
  classes: train.instances.categories.length,
  width: WIDTH,
  // Objects at 256 pixels are small: from 16 pixels on, where RetinaNet's anchors begin at 32.
  anchors: { size: 2, scales: [1] },
  seed: SEED,
});
const store = fileStore(join(runs, 'detection-checkpoint'));
const stored = await store.load();
const interrupt = stopOnInterrupt();
let history: readonly DetectorRecord[] | undefined;
for await (const event of withProgress(
  trainDetector({
    detector,
    train,
    valid: others,
    epochs: EPOCHS,
    batchSize: 4,
    method: 'adam',
    learningRate: 1e-3,
    weightDecay: 0,
    warmup: 20,
    steps: [49, 63],
    flip: false,
    frozenNorms: false,
    evaluateEvery: 10,
    seed: SEED,
    checkpoint: { store },
    ...(stored && { resume: stored }),
    signal: interrupt.signal,
  }),
))
  if (event.type === 'done') history = event.history;
interrupt.dispose();
if (!history) {
  console.error('Stopped; start it again to go on.');
  process.exit(130);
}
await saveModel(detector.model, join(runs, 'model'));

const title = 'Loss on the training pictures over the epochs';
const docs = (path: string) => fileURLToPath(new URL(`../docs/${path}`, import.meta.url));
writeFileSync(
  docs('images/detection.svg'),
  chartPicture({
    id: 'loss',
    title,
    heading: title,
    about: `${title}: focal loss of the classes and L1 of the boxes`,
    lines: [
      { label: 'classes', className: 'nd-convolution', values: history.map(({ classLoss }) => classLoss) },
      { label: 'boxes', className: 'nd-pooling', values: history.map(({ boxLoss }) => boxLoss) },
    ],
    epochs: EPOCHS,
  }),
);

const row = async (label: string, dataset: DetectionDataset) => {
  const { figures } = await evaluateDetector(detector, dataset);
  const { AP, AP50, AP75, APsmall, APmedium, APlarge, AR100 } = figures;
  const cells = [AP, AP50, AP75, APsmall, APmedium, APlarge, AR100].map(percent);
  return `| ${[label, dataset.size, dataset.instances.annotations.length, ...cells].join(' | ')} |`;
};
const rows = [await row('learnt', train), await row('others', others)];
const { parameters, multiplyAdds } = countCost(detector.model).total;
const minutes = history.reduce((sum, { seconds }) => sum + seconds, 0) / 60;
const text = `\`npm run results:detection -- --data DIR --runs DIR\` tries whether a detector learns: the backbone \`small\` of the command, a pyramid of width ${WIDTH}, anchors of twice the stride and one scale, in all ${parameters.toLocaleString('en')} parameters and ${(multiplyAdds / 1e6).toFixed(0)} million multiply-adds at ${SIDE}x${SIDE}, from nothing. ${train.size} pictures of COCO train2017, brought to ${SIDE} pixels, for ${EPOCHS} epochs of batches of 4, Adam at 0.001, a tenth from epoch 49 and again from 63, no mirroring, seed ${SEED}. It took ${minutes.toFixed(0)} minutes on one of ${cpus().length} cores (${cpus()[0]!.model.trim()}, wasm with the fast kernels, shared with other work), evaluations of the others included; written on ${new Date().toISOString().slice(0, 10)}. Percent:

| pictures | number | objects | AP | AP50 | AP75 | small | medium | large | AR100 |
| -------- | ------ | ------- | -- | ---- | ---- | ----- | ------ | ----- | ----- |
${rows.join('\n')}

The pictures are learnt by heart, small objects least; in the ${others.size} of val2017 next to nothing is found, as is to be expected of so few.

![${title}](images/detection.svg)`;
const page = readFileSync(docs('detection.md'), 'utf8');
const block = /(<!-- results:detection -->\n)[\s\S]*?(\n<!-- end -->)/;
if (!block.test(page))
  throw new Error('results:detection: docs/detection.md has no place for it; put the comments back');
writeFileSync(
  docs('detection.md'),
  page.replace(block, (_, from, to) => `${from}\n${text}\n${to}`),
);
