import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { weightVariables } from 'noisydarts';
import { type PublishedGenotypeName, publishedGenotype } from 'noisydarts/catalogue';
import { stateVariables } from 'noisydarts/layers';
import { createNetwork, toStandardLayers } from 'noisydarts/network';
import { version } from '../package.json';
import { useBackend } from './backend';
import { count, median, oneOf, parseOptions } from './options';

/**
 * What folding the batch norms is worth: time to classify a batch with a network and with what `toStandardLayers` makes
 * of it, and how far their logits lie apart. The weights are random, the running statistics too.
 */
export async function fold(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    allowNegative: true,
    options: {
      backend: { type: 'string', default: 'wasm' },
      fast: { type: 'boolean', default: true },
      name: { type: 'string', default: 'noisy_darts_a' },
      channels: { type: 'string', default: '16' },
      cells: { type: 'string', default: '8' },
      size: { type: 'string', default: '32' },
      batch: { type: 'string', default: '1' },
      steps: { type: 'string', default: '20' },
    },
  });
  const backend = oneOf('backend', values.backend, ['wasm', 'cpu']);
  const channels = count('channels', values.channels);
  const cells = count('cells', values.cells);
  const size = count('size', values.size);
  const batch = count('batch', values.batch);
  const steps = count('steps', values.steps);
  const fast = backend === 'wasm' && values.fast;
  await useBackend({ backend, fast });

  const network = createNetwork(publishedGenotype(values.name as PublishedGenotypeName), {
    channels,
    cells,
    inputShape: [size, size, 3],
    auxiliary: false,
  });
  // Running statistics as if trained; variances must stay positive.
  for (const variable of stateVariables(network)) {
    tf.tidy(() => variable.assign(tf.randomUniform(variable.shape, 0.5, 1.5, 'float32', 1)));
  }
  const standard = toStandardLayers(network);
  const x = tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 2);

  const models = { network, standard };
  const times = { network: [] as number[], standard: [] as number[] };
  const logits = { network: new Float32Array(), standard: new Float32Array() };
  // In turns, so that whatever else the machine does falls on both.
  for (let step = -2; step < steps; step++) {
    for (const kind of ['network', 'standard'] as const) {
      const start = performance.now();
      const y = models[kind].predict(x) as tf.Tensor2D;
      logits[kind] = (await y.data()) as Float32Array<ArrayBuffer>;
      if (step >= 0) times[kind].push(performance.now() - start);
      y.dispose();
    }
  }
  const apart = logits.network.map((value, i) => Math.abs(value - logits.standard[i]!));
  const largest = logits.network.map(Math.abs);
  const [before, after] = [median(times.network), median(times.standard)];
  const counts = (model: LayersModel) =>
    [...weightVariables(model), ...stateVariables(model)].reduce((sum, { size }) => sum + size, 0);
  const result = {
    engine: `noisydarts ${version}, tfjs ${tf.version_core} ${backend}`,
    fast,
    name: values.name,
    channels,
    cells,
    size,
    batch,
    network_ms_median: Number(before.toFixed(3)),
    standard_ms_median: Number(after.toFixed(3)),
    speedup: Number((before / after).toFixed(2)),
    network_values: counts(network),
    standard_values: counts(standard),
    relative_logit_difference: Number((Math.max(...apart) / Math.max(...largest)).toPrecision(2)),
  };
  tf.dispose([x, ...Object.values(models).flatMap((model) => model.weights.map((weight) => weight.read()))]);
  return result;
}
