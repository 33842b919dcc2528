/**
 * What smaller numbers cost: `npm run --silent results:export [-- CHANNELS CELLS EPOCHS]`. Trains the network of NoisyDARTS-A's
 * cells on the digits that come with the package, writes it in every form that `noisydarts export` knows, and prints the table of
 * `docs/devices.md`: size, and accuracy on the test images that neither training nor calibration has seen.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { type ExportResult, runExport } from '../src/cli/export/command';
import { createExport, readExport } from '../src/cli/export/options';
import { runTrain } from '../src/cli/train/command';
import { createTrain, readTrain } from '../src/cli/train/options';

const [channels = '8', cells = '5', epochs = '30'] = argv.slice(2);
const runs = await mkdtemp(join(tmpdir(), 'results-export-'));
try {
  const size = ['--channels', channels, '--cells', cells, '--epochs', epochs, '--drop-path', '0'];
  const training = ['--genotype', 'noisy_darts_a', ...size, '--runs', runs, '--name', 'network'];
  await runTrain(await readTrain(createTrain().parse(training, { from: 'user' })), console.error);
  const written = createExport().parse([join(runs, 'network'), '--json'], { from: 'user' });
  let result: ExportResult | undefined;
  await runExport(await readExport(written), (text) => {
    result = JSON.parse(text);
  });
  const { parameters, accuracy, files } = result!;
  console.log(
    `NoisyDARTS-A, ${channels} channels, ${cells} cells, ${epochs} epochs on the digits: ${parameters} parameters, ${accuracy!.toFixed(2)} % of the test images.\n`,
  );
  console.log('| form | kB | of float32 | accuracy, % |');
  console.log('| ---- | -- | ---------- | ----------- |');
  for (const { form, bytes, accuracy: own } of files) {
    const whole = files.find((one) => one.form === form.split('-')[0])!;
    const share = `${Math.round((100 * bytes) / whole.bytes)} %`;
    console.log(`| ${form} | ${(bytes / 1000).toFixed(1)} | ${share} | ${own?.toFixed(2) ?? '–'} |`);
  }
} finally {
  await rm(runs, { recursive: true });
}
