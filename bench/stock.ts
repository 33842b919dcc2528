import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { version } from '../package.json';
import { useBackend } from './backend';
import { reportOf } from './child';
import { count, median, oneOf, parseOptions } from './options';

const { layers } = tfl;

/** Models of tfjs-examples (mnist, lstm-text-generation), and the shapes of what they are given. */
const MODELS = {
  convnet: () => ({
    input: [28, 28, 1],
    classes: 10,
    model: tfl.sequential({
      layers: [
        layers.conv2d({ inputShape: [28, 28, 1], kernelSize: 5, filters: 8, activation: 'relu' }),
        layers.maxPooling2d({ poolSize: 2, strides: 2 }),
        layers.conv2d({ kernelSize: 5, filters: 16, activation: 'relu' }),
        layers.maxPooling2d({ poolSize: 2, strides: 2 }),
        layers.flatten(),
        layers.dense({ units: 10, activation: 'softmax' }),
      ],
    }),
  }),
  lstm: () => ({
    input: [40, 70],
    classes: 70,
    model: tfl.sequential({
      layers: [
        // The default, orthogonal, needs the package @tensorflow/tfjs, and does not change the time of a step.
        layers.lstm({ units: 128, inputShape: [40, 70], recurrentInitializer: 'glorotUniform' }),
        layers.dense({ units: 70, activation: 'softmax' }),
      ],
    }),
  }),
} as const;

/**
 * Time of a training step of layers of tfjs alone, on tfjs's cpu backend and on wasm with the training kernels: a process
 * for each, since a backend that stays loaded costs memory. `--backend` measures one of them here.
 */
export async function stock(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    options: {
      backend: { type: 'string', default: 'both' },
      model: { type: 'string', default: 'convnet' },
      batch: { type: 'string', default: '64' },
      steps: { type: 'string', default: '10' },
    },
  });
  const backend = oneOf('backend', values.backend, ['both', 'wasm', 'cpu']);
  const name = oneOf('model', values.model, Object.keys(MODELS) as (keyof typeof MODELS)[]);
  const batch = count('batch', values.batch);
  const steps = count('steps', values.steps);
  if (backend === 'both') return all({ batch, steps });
  await useBackend({ backend, fast: backend === 'wasm' });

  const { model, input, classes } = MODELS[name]();
  model.compile({ optimizer: 'rmsprop', loss: 'categoricalCrossentropy' });
  const x = tf.randomNormal([batch, ...input] as [number], 0, 1, 'float32', 1);
  const y = tf.oneHot(tf.randomUniform([batch], 0, classes, 'int32', 2), classes);
  const times: number[] = [];
  for (let index = 0; index <= steps; index++) {
    const start = performance.now();
    await model.trainOnBatch(x, y);
    if (index > 0) times.push(performance.now() - start);
  }
  return {
    engine: `noisydarts ${version}, tfjs ${tf.version_core} ${backend}`,
    model: name,
    batch,
    step_ms_median: Number(median(times).toFixed(2)),
  };
}

interface Report {
  readonly step_ms_median: number;
}

/** Every model on both backends, a line each; the last says how many times as fast wasm is. */
function all({ batch, steps }: { readonly batch: number; readonly steps: number }): object {
  const speed: Record<string, number> = {};
  for (const model of Object.keys(MODELS)) {
    const [cpu, wasm] = ['cpu', 'wasm'].map((backend) => {
      const options = ['--model', model, '--backend', backend, '--batch', `${batch}`, '--steps', `${steps}`];
      const program = fileURLToPath(new URL('./index.ts', import.meta.url));
      const report = reportOf<Report>(process.execPath, ['--import', 'tsx', program, 'stock', ...options]);
      console.log(JSON.stringify(report));
      return report;
    }) as [Report, Report];
    speed[model] = Number((cpu.step_ms_median / wasm.step_ms_median).toFixed(2));
  }
  return { benchmark: 'stock', batch, speed_ratio: speed };
}
