import * as tf from '@tensorflow/tfjs-core';
import { sgd, weightVariables } from 'noisydarts';
import { publishedGenotype } from 'noisydarts/catalogue';
import { countCost, createNetwork, toStandardLayers, trainingStep } from 'noisydarts/network';
import { wasmBuild } from 'noisydarts/wasm';
import { version } from '../package.json';
import { toMb, useBackend, wasmHeapMb } from './backend';
import { count, oneOf, parseOptions, wasmBuildNamed } from './options';
import { timed } from './timed';

/**
 * Time and memory of the network of noisy_darts_a, without auxiliary head: of a training step (`--what train`: loss, gradients
 * clipped to 5, SGD), of its logits in evaluation (`infer`), and of those of the stock layers that it folds to (`folded`).
 */
export async function network(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    allowNegative: true,
    options: {
      what: { type: 'string', default: 'train' },
      fast: { type: 'boolean', default: true },
      channels: { type: 'string', default: '16' },
      layers: { type: 'string', default: '8' },
      batch: { type: 'string', default: '32' },
      steps: { type: 'string', default: '3' },
      size: { type: 'string', default: '32' },
      build: { type: 'string', default: 'auto' },
    },
  });
  const what = oneOf('what', values.what, ['train', 'infer', 'folded']);
  const channels = count('channels', values.channels);
  const layers = count('layers', values.layers);
  const batch = count('batch', values.batch);
  const size = count('size', values.size);
  const { fast } = values;
  await useBackend({ backend: 'wasm', fast, build: wasmBuildNamed(values.build) });

  const { step, parameters } = networkStep({ what, channels, layers, batch, size });
  const times = await timed(step, count('steps', values.steps), batch);
  return {
    engine: `noisydarts ${version}, tfjs ${tf.version_core} wasm`,
    what,
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

/** What {@link networkStep} makes a step of. */
export interface NetworkStepOptions {
  readonly what: 'train' | 'infer' | 'folded';
  readonly channels: number;
  readonly layers: number;
  readonly batch: number;
  readonly size: number;
}

/** A step of the network on random images, the multiply-adds of its convolutions for an image, and how often a step runs them. */
export function networkStep({ what, channels, layers, batch, size }: NetworkStepOptions) {
  const made = createNetwork(publishedGenotype('noisy_darts_a'), {
    channels,
    cells: layers,
    inputShape: [size, size, 3],
    auxiliary: false,
  });
  const model = what === 'folded' ? toStandardLayers(made) : made;
  const optimizer = sgd({ learningRate: 0.025, momentum: 0.9, weightDecay: 3e-4 });
  const x = tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 1);
  const y = tf.randomUniform<tf.Rank.R1>([batch], 0, 10, 'int32', 2);
  return {
    step: async (index: number) => {
      if (what === 'train') {
        await trainingStep(model, optimizer, { x, y }, { moment: { epoch: 0, step: index, pass: 0 } });
      } else {
        const logits = model.predict(x) as tf.Tensor;
        await logits.data();
        logits.dispose();
      }
    },
    parameters: weightVariables(made).reduce((sum, variable) => sum + variable.size, 0),
    multiplyAdds: countCost(made).total.multiplyAdds,
    passes: what === 'train' ? 3 : 1,
  };
}
