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
import { describeSettings } from '../dry-run';
import { packageFile } from '../package-file';
import { createFromPytorch, type FromPytorchSettings, readFromPytorch } from './options';

const EXAMPLE = /^example\./;

/** The network that is asked for, without an auxiliary head unless the weights have one. */
const makeNetwork = (
  { genotype, kind, channels, cells, classes, size }: FromPytorchSettings,
  auxiliary = false,
): LayersModel =>
  createNetwork(genotype, { kind, channels, cells, classes, inputShape: [size, size, 3], auxiliary });

async function load(file: string, settings: FromPytorchSettings, say: (text: string) => void) {
  const { save } = settings;
  const { tensors } = await readSafetensors(file).catch((error: Error) => {
    // A wrong file is no wrong command line.
    throw new Error(error.message, { cause: error });
  });
  const weights = tensors.filter(({ name }) => !EXAMPLE.test(name));
  const network = makeNetwork(
    settings,
    weights.some(({ name }) => name.includes('auxiliary_head.')),
  );
  loadStateDict(network, weights);
  const { parameters } = countCost(withoutAuxiliary(network)).total;
  say(`${file}: ${weights.length} tensors, a network of ${parameters} parameters`);
  if (save) {
    await saveModel(withoutAuxiliary(network), save);
    say(`Saved in ${save}`);
  }
  const loaded = { file, tensors: weights.length, parameters, ...(save && { saved: save }) };
  return { network, loaded, example: new Map(tensors.map((tensor) => [tensor.name, tensor])) };
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

async function thereAndBack(settings: FromPytorchSettings, say: (text: string) => void): Promise<object> {
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
    const { network, example, loaded } = await load(made, settings, say);
    const there = await difference(network, example);
    say(`From PyTorch: logits differ by ${there.toExponential(1)}`);
    const back = join(folder, 'noisydarts.safetensors');
    const examples = [...example.values()].filter(({ name }) => EXAMPLE.test(name));
    await writeSafetensors(back, [...(await stateDict(network)), ...examples]);
    const { largest_difference } = JSON.parse(python('check', back)) as { largest_difference: number };
    say(`Back in PyTorch: logits differ by ${largest_difference.toExponential(1)}`);
    return { ...loaded, difference: there, back: largest_difference };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fromFile(file: string, settings: FromPytorchSettings, say: (text: string) => void) {
  const { network, example, loaded } = await load(file, settings, say);
  if (!example.has('example.images')) return loaded;
  const off = await difference(network, example);
  say(`Logits differ by ${off.toExponential(1)}`);
  return { ...loaded, difference: off };
}

/** Takes a network over from PyTorch, or shows the way there and back. */
export async function runFromPytorch(settings: FromPytorchSettings): Promise<void> {
  await tf.setBackend('wasm');
  await enableWasmTraining();
  const { file, dryRun, json } = settings;
  if (dryRun) {
    const { genotype: _, dryRun: __, json: ___, ...own } = settings;
    const told = { settings: own, parameters: countCost(makeNetwork(settings)).total.parameters };
    return console.log(
      json ? JSON.stringify(told) : [...describeSettings(own), `parameters: ${told.parameters}`].join('\n'),
    );
  }
  const say = json ? () => {} : console.log;
  const told = await (file === undefined ? thereAndBack(settings, say) : fromFile(file, settings, say));
  if (json) console.log(JSON.stringify(told));
}

/** `from-pytorch`. */
export function fromPytorchCommand(): Command {
  return createFromPytorch().action(async (_file, _options, program) =>
    runFromPytorch(await readFromPytorch(program)),
  );
}
