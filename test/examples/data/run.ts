import type { ExampleBatch } from 'noisydarts/data';
import { chooseFormat, readImages } from '../../../src/cli/data/images';

// Run by images.test.ts in a process of its own, where worker threads can load TypeScript: says what the examples make of
// each folder.

const found: Record<string, unknown> = {};
for (const data of process.argv.slice(2)) {
  const name = data.replace(/^.*[\\/]/, '');
  try {
    const format = await chooseFormat({ data });
    const images = await readImages({ data, imageSize: 8 });
    const { train, searchAugment, trainAugment } = images;
    const test = await images.test();
    const { y: labels } = (await train.prepare!({
      indices: Int32Array.of(0, 1),
      key: [0, 0],
    })) as ExampleBatch;
    found[name] = {
      format,
      train: [train.size, ...train.shape, train.classes],
      test: [test.size, ...test.shape, test.classes],
      labels: labels.length,
      search: Object.keys(searchAugment),
      training: Object.keys(trainAugment),
    };
  } catch (error) {
    found[name] = (error as Error).message;
  }
}
console.log(JSON.stringify(found));
