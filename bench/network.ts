import * as tf from '@tensorflow/tfjs-core';
import { inMemory, sgd, weightVariables } from 'noisydarts';
import { publishedGenotype } from 'noisydarts/catalogue';
import {
  countCost,
  createMobileNetwork,
  createNetwork,
  noisyDartsA,
  toStandardLayers,
  trainingStep,
} from 'noisydarts/network';
import { type ThreadedNetwork, threadedNetwork } from 'noisydarts/node';
import { wasmBuild } from 'noisydarts/wasm';
import { version } from '../package.json';
import { toMb, useBackend, wasmHeapMb } from './backend';
import { count, oneOf, parseOptions, wasmBuildNamed } from './options';
import { timed } from './timed';

/**
 * Time and memory of a network: of a training step (`--what train`: loss, gradients clipped to 5, SGD), of its logits in
 * evaluation (`infer`), of those of a data set of eight batches (`predict`), and of those of the stock layers that it folds to
 * (`folded`). `--network plain` is that of noisy_darts_a without auxiliary head, `regularised` the same with auxiliary head and
 * drop path as the paper trains it, `mobile` NoisyDARTS-A, which has its own channels and layers. `--threads` share a training
 * step or the data set; the heap reported is this thread's.
 */
export async function network(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    allowNegative: true,
    options: {
      what: { type: 'string', default: 'train' },
      network: { type: 'string', default: 'plain' },
      threads: { type: 'string', default: '1' },
      fast: { type: 'boolean', default: true },
      channels: { type: 'string', default: '16' },
      layers: { type: 'string', default: '8' },
      batch: { type: 'string', default: '32' },
      steps: { type: 'string', default: '3' },
      size: { type: 'string', default: '32' },
      build: { type: 'string', default: 'auto' },
    },
  });
  const what = oneOf('what', values.what, ['train', 'infer', 'predict', 'folded']);
  const kind = oneOf('network', values.network, NETWORKS);
  const threads = count('threads', values.threads);
  const channels = count('channels', values.channels);
  const layers = count('layers', values.layers);
  const batch = count('batch', values.batch);
  const size = count('size', values.size);
  const { fast } = values;
  if (threads > 1 && what !== 'train' && what !== 'predict')
    throw new RangeError(
      `bench: one batch of logits has one thread, got --threads ${threads}; use --what predict for those of a data set`,
    );
  await useBackend({ backend: 'wasm', fast, build: wasmBuildNamed(values.build) });

  const { step, images, parameters, dispose } = networkStep({
    what,
    kind,
    threads,
    channels,
    layers,
    batch,
    size,
  });
  const times = await timed(step, count('steps', values.steps), images);
  await dispose();
  return {
    engine: `noisydarts ${version}, tfjs ${tf.version_core} wasm`,
    what,
    network: kind,
    threads,
    channels,
    layers,
    batch,
    size,
    fast,
    build: wasmBuild() ?? null,
    parameters,
    ...times,
    peak_rss_mb: toMb(process.resourceUsage().maxRSS * 1024),
    wasm_heap_mb: wasmHeapMb(),
  };
}

/** Networks that a step can be of. */
export const NETWORKS = ['plain', 'regularised', 'mobile'] as const;

/** Batches of the data set whose logits are asked for at once. */
const BATCHES = 8;

/** What {@link networkStep} makes a step of. */
export interface NetworkStepOptions {
  readonly what: 'train' | 'infer' | 'predict' | 'folded';
  /** Default `'plain'`. */
  readonly kind?: (typeof NETWORKS)[number];
  /** Of a training step or a data set. Default 1. */
  readonly threads?: number;
  readonly channels: number;
  readonly layers: number;
  readonly batch: number;
  readonly size: number;
}

/** A step of the network on random images, the multiply-adds of its convolutions for an image, and how often a step runs them. */
export function networkStep({
  what,
  kind = 'plain',
  threads = 1,
  channels,
  layers,
  batch,
  size,
}: NetworkStepOptions) {
  const inputShape = [size, size, 3] as const;
  const made =
    kind === 'mobile'
      ? createMobileNetwork(noisyDartsA, { classes: 10, inputShape })
      : createNetwork(publishedGenotype('noisy_darts_a'), {
          channels,
          cells: layers,
          inputShape,
          auxiliary: kind === 'regularised',
          dropPath: kind === 'regularised' ? 0.2 : 0,
        });
  const model = what === 'folded' ? toStandardLayers(made) : made;
  const optimizer = sgd({ learningRate: 0.025, momentum: 0.9, weightDecay: 3e-4 });
  const x = tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 1);
  const y = tf.randomUniform<tf.Rank.R1>([batch], 0, 10, 'int32', 2);
  // The first step, which is not counted, starts the threads.
  let engine: Promise<ThreadedNetwork> | undefined;
  const onThreads = () => {
    engine ??= threadedNetwork(made, { threads });
    return engine;
  };
  const steps: Record<NetworkStepOptions['what'], (index: number) => Promise<void>> = {
    async train(index) {
      const options = { moment: { epoch: 0, step: index, pass: 0 } };
      const own = threads > 1 ? { ...options, engine: await onThreads() } : options;
      await trainingStep(model, optimizer, { x, y }, own);
    },
    async predict() {
      await (await onThreads()).predict(images, { batchSize: batch });
    },
    async infer() {
      const logits = model.predict(x) as tf.Tensor;
      await logits.data();
      logits.dispose();
    },
    folded: () => steps.infer(0),
  };
  const images = inMemory({
    name: 'random',
    images: Float32Array.from({ length: BATCHES * x.size }, (_, i) => ((i * 7919) % 1000) / 1000),
    labels: new Int32Array(BATCHES * batch),
    shape: [size, size, 3],
    classes: 10,
  });
  return {
    step: steps[what],
    /** Images of a step. */
    images: what === 'predict' ? images.size : batch,
    dispose: async () => (await engine)?.dispose(),
    parameters: weightVariables(made).reduce((sum, variable) => sum + variable.size, 0),
    multiplyAdds: countCost(made).total.multiplyAdds,
    passes: what === 'train' ? 3 : 1,
  };
}
