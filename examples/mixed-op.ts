/**
 * One searchable edge in a model of your own: `npx tsx examples/mixed-op.ts`.
 *
 * A convolution, a NoisyMixedOp and a dense head, all in a plain `tf.model`, learn the digits; alpha learns along, on other
 * images, and says in the end which operation the edge should have.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { input, layers, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';
import {
  adam,
  archVariables,
  type BilevelModel,
  clipByGlobalNorm,
  createArchitect,
  evaluate,
  gaussianNoise,
  NoisyMixedOp,
  sgd,
  split,
  weightVariables,
} from 'noisydarts';
import { passes } from 'noisydarts/architect';
import { createCommand, main } from 'noisydarts/cli';
import { type Batch, cyclingBatches, epochBatches } from 'noisydarts/data';
import { crossEntropy } from 'noisydarts/kernels';
import { stateVariables } from 'noisydarts/layers';
import { readDigits } from 'noisydarts/node';
import { lossGradients } from 'noisydarts/optimizers';
import { stream } from 'noisydarts/random';

await tf.setBackend('cpu');

// The model: only the middle is searched. Noise disturbs the skip connection, so that it has to earn its place.
const edge = new NoisyMixedOp({
  name: 'edge',
  candidates: ['skip_connect', 'avg_pool_3x3', 'sep_conv_3x3', 'dil_conv_3x3'],
  noise: gaussianNoise({ std: 0.2 }),
  seed: 1,
});
const image = input({ shape: [8, 8, 1] });
const kernelInitializer = 'heNormal';
const stem = layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, activation: 'relu', kernelInitializer });
const head = layers.dense({ units: 10, kernelInitializer });
const network = tfModel({
  inputs: image,
  outputs: head.apply(layers.flatten().apply(edge.apply(stem.apply(image)))) as SymbolicTensor,
});

// What an architect asks of a model: its alphas, its weights (never both in one list) and its loss.
const forward = (x: tf.Tensor4D, options?: object) => network.apply(x, { ...options }) as tf.Tensor2D;
const bilevel: BilevelModel<Batch> = {
  archVariables: () => archVariables(network),
  weightVariables: () => weightVariables(network),
  stateVariables: () => stateVariables(network),
  loss: ({ x, y }, options) => tf.tidy(() => crossEntropy(forward(x, options), y)),
};
const weights = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 3e-4 });
const architect = createArchitect({
  model: bilevel,
  optimizer: adam({ learningRate: 0.02, betas: [0.5, 0.999], weightDecay: 1e-3 }),
});

// Weights learn from one half of the images, alpha from the other.
const digits = await readDigits(new URL('data/digits.bin', import.meta.url));
const [train, valid] = split(digits, { shuffle: stream(1, 'split') });
const batchSize = 64;
const validBatches = cyclingBatches(valid, { batchSize, stream: stream(1, 'valid') });

async function learn(): Promise<void> {
  let step = 0;
  for (let epoch = 0; epoch < 5; epoch++) {
    for await (const batch of epochBatches(train, { batchSize, stream: stream(1, 'train'), epoch })) {
      // Alpha first, on validation images: one step down the validation loss at the weights as they are.
      const other = await validBatches.at(step);
      const { validLoss } = architect.step({ train: batch, valid: other, epoch, step });
      // Then the weights, on training images; the moment tells this pass's noise from the one before.
      const moment = { epoch, step, pass: passes.weights };
      const variables = bilevel.weightVariables();
      const { loss, grads } = lossGradients(() => bilevel.loss(batch, { training: true, moment }), variables);
      const clipped = clipByGlobalNorm(grads, 5);
      weights.step(variables, clipped.grads);
      tf.dispose([validLoss, loss, clipped.norm, other.x, other.y, batch.x, batch.y]);
      for (const gradient of [...grads, ...clipped.grads]) gradient?.dispose();
      step++;
    }
    const { accuracy } = await evaluate({ forward }, valid);
    const { op, weight } = edge.decode();
    console.log(
      `epoch ${epoch + 1}: ${accuracy!.toFixed(1)} % on validation, edge ${op} (${weight.toFixed(3)})`,
    );
  }
}

await main(
  createCommand('mixed-op', 'Learns the operation of one edge on the digits.').action(learn),
  'npx tsx examples/mixed-op.ts',
);
