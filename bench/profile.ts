import * as tf from '@tensorflow/tfjs-core';
import { adam, createSupernet, gaussianNoise, sgd } from 'noisydarts';
import { countCost } from 'noisydarts/network';
import { alphaStep, localEngine, weightStep } from 'noisydarts/search';
import { instanceOn } from '../src/wasm/instance';
import { useBackend } from './backend';
import { count, parseOptions, searchSpace } from './options';

/**
 * Where a search step spends its time: calls of every function of the WebAssembly module, their seconds, and their share
 * of the step. What is left is JavaScript and tfjs's own kernels.
 */
export async function profile(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    options: {
      channels: { type: 'string', default: '16' },
      layers: { type: 'string', default: '8' },
      batch: { type: 'string', default: '16' },
      space: { type: 'string', default: 'darts' },
    },
  });
  const batch = count('batch', values.batch);
  await useBackend({ backend: 'wasm', fast: true });
  const instance = await instanceOn(tf.backend());
  const spent = new Map<string, { calls: number; milliseconds: number }>();
  const timed = Object.fromEntries(
    Object.entries(instance.functions).map(([name, run]: [string, (...numbers: unknown[]) => unknown]) => {
      const entry = { calls: 0, milliseconds: 0 };
      spent.set(name, entry);
      return [
        name,
        (...numbers: unknown[]) => {
          const start = performance.now();
          const result = run(...numbers);
          entry.milliseconds += performance.now() - start;
          entry.calls += 1;
          return result;
        },
      ];
    }),
  );
  Object.assign(instance, { functions: timed });

  const space = searchSpace(values.space);
  const channels = count('channels', values.channels);
  const cells = count('layers', values.layers);
  const supernet = createSupernet({
    space,
    noise: gaussianNoise({ std: 0.2 }),
    ...(space.kind === 'mobile' ? {} : { channels, cells }),
    inputShape: [32, 32, 3],
  });
  const engine = localEngine(supernet);
  const weights = sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 3e-4 });
  const alphas = adam({ learningRate: 3e-4, betas: [0.5, 0.999], weightDecay: 1e-3 });
  const images = {
    x: tf.randomNormal<tf.Rank.R4>([batch, 32, 32, 3], 0, 1, 'float32', 1),
    y: tf.randomUniform<tf.Rank.R1>([batch], 0, 10, 'int32', 2),
  };
  const step = async (index: number) => {
    await alphaStep(engine, alphas, images, { epoch: 0, step: index });
    await weightStep(engine, weights, images, { epoch: 0, step: index });
  };
  await step(0);
  for (const entry of spent.values()) Object.assign(entry, { calls: 0, milliseconds: 0 });
  const start = performance.now();
  await step(1);
  const total = performance.now() - start;
  const rows = [...spent]
    .filter(([, { calls }]) => calls > 0)
    .sort(([, a], [, b]) => b.milliseconds - a.milliseconds)
    .map(([name, { calls, milliseconds }]) => row(name, calls, milliseconds, total));
  const module = [...spent.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  // Convolutions forward twice, by their inputs twice, by their filters once; a multiply-add is two operations.
  const gflop = (2 * 5 * countCost(supernet).total.multiplyAdds) / 1e9;
  return {
    batch,
    step_seconds: Number((total / 1000).toFixed(3)),
    gflop_an_image: Number(gflop.toFixed(3)),
    gflops: Number(((gflop * batch) / (total / 1000)).toFixed(1)),
    rows: [...rows, row('JavaScript and tfjs kernels', null, total - module, total)],
  };
}

const row = (name: string, calls: number | null, milliseconds: number, total: number) => ({
  name,
  calls,
  milliseconds: Number(milliseconds.toFixed(1)),
  share: Number((milliseconds / total).toFixed(3)),
});
