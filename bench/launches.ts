import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { adam, createSupernet, gaussianNoise, sgd } from 'noisydarts';
import { setEdgeKernel } from 'noisydarts/kernels';
import { registerWebGPU } from 'noisydarts/node';
import { alphaStep, localEngine, weightStep } from 'noisydarts/search';
import { disableWebGPUTraining, enableWebGPUTraining } from 'noisydarts/webgpu';
import { count, parseOptions, searchSpace } from './options';

/**
 * Kernel launches of a search step on WebGPU, with tfjs's kernels alone (`generic`), with a shader for every operation
 * (`separate`), and with all of a mixed edge's together (`fused`): their sum, and (`kernels`) how many each program has, the
 * most frequent first.
 *
 * Launches are counted, not run: their number does not depend on what they compute, so that any size takes seconds.
 */
export async function launches(args: string[]): Promise<object> {
  const { values } = parseOptions({
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
  await registerWebGPU();
  const backend = tf.backend() as WebGPUBackend;
  let programs: string[] = [];
  const launch = backend.runWebGPUProgram;
  backend.runWebGPUProgram = (program, inputs, dtype, _, given) => {
    programs.push(program.shaderKey.replace('noisydarts_', ''));
    const output = given ?? backend.makeTensorInfo(program.outputShape, dtype);
    // tfjs computes small tensors that are not on the device in JavaScript; after a launch its tensors are there.
    for (const { dataId } of [...inputs, output]) backend.uploadToGPU(dataId);
    return output;
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
    for (let step = 0; step < 2; step++) {
      programs = [];
      await alphaStep(engine, alphas, images, { epoch: 0, step });
      await weightStep(engine, weights, images, { epoch: 0, step });
    }
    tf.dispose([images.x, images.y]);
    weights.dispose();
    alphas.dispose();
    supernet.dispose();
    return { launches: programs.length, kernels: byCount(programs) };
  };
  try {
    disableWebGPUTraining();
    const generic = await measure();
    await enableWebGPUTraining();
    const fused = await measure();
    setEdgeKernel('webgpu', undefined);
    const separate = await measure();
    return { space: values.space, layers, channels, batch, size, generic, separate, fused };
  } finally {
    disableWebGPUTraining();
    backend.runWebGPUProgram = launch;
  }
}

/** How often each name occurs, the most frequent first. */
function byCount(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
