import { parseArgs } from 'node:util';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { adam, alphaStep, createSupernet, gaussianNoise, localEngine, sgd, weightStep } from 'noisydarts';
import { registerWebGPU } from 'noisydarts/node';
import { disableWebGPUTraining, enableWebGPUTraining } from 'noisydarts/webgpu';
import { count, searchSpace } from './options';

/** Kernel launches of a search step on WebGPU, with tfjs's kernels alone and with this library's shaders. */
export async function launches(args: string[]): Promise<object> {
  const { values } = parseArgs({
    args,
    options: {
      channels: { type: 'string', default: '4' },
      layers: { type: 'string', default: '3' },
      batch: { type: 'string', default: '2' },
      size: { type: 'string', default: '8' },
      space: { type: 'string', default: 'darts' },
    },
  });
  const [layers, channels] = [count('layers', values.layers), count('channels', values.channels)];
  const [batch, size] = [count('batch', values.batch), count('size', values.size)];
  const device = await registerWebGPU();
  const backend = tf.backend() as WebGPUBackend;
  let programs: string[] = [];
  const run = backend.runWebGPUProgram.bind(backend);
  backend.runWebGPUProgram = (program, ...rest) => {
    programs.push(program.shaderKey);
    return run(program, ...rest);
  };

  const measure = async () => {
    const supernet = createSupernet({
      space: searchSpace(values.space),
      noise: gaussianNoise({ std: 0.2 }),
      channels,
      cells: layers,
      inputShape: [size, size, 3],
    });
    const engine = localEngine(supernet);
    const weights = sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 3e-4 });
    const alphas = adam({ learningRate: 3e-4, betas: [0.5, 0.999], weightDecay: 1e-3 });
    const images = {
      x: tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 1),
      y: tf.randomUniform<tf.Rank.R1>([batch], 0, 10, 'int32', 2),
    };
    // From the second step on the optimizers have their moments.
    let seconds = 0;
    for (let step = 0; step < 2; step++) {
      programs = [];
      const start = performance.now();
      await alphaStep(engine, alphas, images, { epoch: 0, step });
      await weightStep(engine, weights, images, { epoch: 0, step });
      seconds = (performance.now() - start) / 1000;
    }
    tf.dispose([images.x, images.y]);
    weights.dispose();
    alphas.dispose();
    supernet.dispose();
    return { launches: programs.length, step_seconds: Number(seconds.toFixed(3)) };
  };
  disableWebGPUTraining();
  const generic = await measure();
  await enableWebGPUTraining();
  const shaders = await measure();
  return { device, space: values.space, layers, channels, batch, size, generic, shaders };
}
