import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { genotypeToJson } from 'noisydarts';
import { countCost, createNetwork, withoutAuxiliary } from 'noisydarts/network';
import { readSafetensors, saveModel, writeSafetensors } from 'noisydarts/node';
import type { NamedTensor } from 'noisydarts/optimizers';
import { loadStateDict, stateDict } from 'noisydarts/pytorch';
import { enableWasmTraining } from 'noisydarts/wasm';
import { packageFile } from '../package-file';
import { createFromPytorch, type FromPytorchSettings, readFromPytorch } from './options';

const EXAMPLE = /^example\./;

async function load(file: string, settings: FromPytorchSettings) {
  const { genotype, kind, channels, cells, classes, size, save } = settings;
  const { tensors } = await readSafetensors(file).catch((error: Error) => {
    // A wrong file is no wrong command line.
    throw new Error(error.message, { cause: error });
  });
  const weights = tensors.filter(({ name }) => !EXAMPLE.test(name));
  const network = createNetwork(genotype, {
    kind,
    channels,
    cells,
    classes,
    inputShape: [size, size, 3],
    auxiliary: weights.some(({ name }) => name.includes('auxiliary_head.')),
  });
  loadStateDict(network, weights);
  const cost = countCost(withoutAuxiliary(network)).total;
  console.log(`${file}: ${weights.length} tensors, a network of ${cost.parameters} parameters`);
  if (save) {
    await saveModel(withoutAuxiliary(network), save);
    console.log(`Saved in ${save}`);
  }
  return { network, example: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
}

/** The largest difference between the network's logits and PyTorch's for the same images. */
async function difference(network: LayersModel, example: ReadonlyMap<string, NamedTensor>): Promise<number> {
  const { shape, data } = example.get('example.images')!;
  const outputs = tf.tidy(() => {
    const images = tf.transpose(tf.tensor4d(data, shape as [number, number, number, number]), [0, 2, 3, 1]);
    const logits = network.apply(images, { training: false }) as tf.Tensor | tf.Tensor[];
    return Array.isArray(logits) ? logits : [logits];
  });
  const worst = await Promise.all(
    outputs.map(async (logits, i) => {
      const theirs = example.get(`example.logits.${i}`)!.data;
      return ((await logits.data()) as Float32Array).reduce(
        (most, x, j) => Math.max(most, Math.abs(x - theirs[j]!)),
        0,
      );
    }),
  );
  tf.dispose(outputs);
  return Math.max(...worst);
}

async function thereAndBack(settings: FromPytorchSettings): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'noisydarts-'));
  try {
    const genotype = join(folder, 'genotype.json');
    await writeFile(genotype, genotypeToJson(settings.genotype));
    const { kind, channels, cells, classes, size } = settings;
    const python = (action: string, file: string) =>
      execFileSync(
        settings.python,
        [
          packageFile('examples/from-pytorch/network.py'),
          ...[action, file, '--genotype', genotype],
          ...Object.entries({ kind, channels, cells, classes, size }).flatMap(([k, v]) => [`--${k}`, `${v}`]),
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
      );
    const made = join(folder, 'pytorch.safetensors');
    python('make', made);
    const { network, example } = await load(made, settings);
    console.log(`From PyTorch: logits differ by ${(await difference(network, example)).toExponential(1)}`);
    const back = join(folder, 'noisydarts.safetensors');
    const examples = [...example.values()].filter(({ name }) => EXAMPLE.test(name));
    await writeSafetensors(back, [...(await stateDict(network)), ...examples]);
    const { largest_difference } = JSON.parse(python('check', back)) as { largest_difference: number };
    console.log(`Back in PyTorch: logits differ by ${largest_difference.toExponential(1)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Takes a network over from PyTorch, or shows the way there and back. */
export async function runFromPytorch(settings: FromPytorchSettings): Promise<void> {
  await tf.setBackend('wasm');
  await enableWasmTraining();
  if (settings.file === undefined) return thereAndBack(settings);
  const { network, example } = await load(settings.file, settings);
  if (example.has('example.images'))
    console.log(`Logits differ by ${(await difference(network, example)).toExponential(1)}`);
}

/** `from-pytorch`. */
export function fromPytorchCommand(): Command {
  return createFromPytorch().action(async (_file, _options, program) =>
    runFromPytorch(await readFromPytorch(program)),
  );
}
