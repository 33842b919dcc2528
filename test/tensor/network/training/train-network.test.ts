import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { inMemory } from '../../../../src/data';
import { DropPath, NoisyDartsLayer } from '../../../../src/layers';
import {
  evaluateNetwork,
  putWeights,
  type TrainingError,
  takeWeights,
  trainingAugmentation,
} from '../../../../src/network';
import { decodeCheckpoint, encodeCheckpoint, memoryStore } from '../../../../src/runs';
import { leavesNoTensors } from '../../../support/memory';
import { everything, free, halves, ofType, tinyNetwork, trained } from './support';

describe('trainNetwork', () => {
  leavesNoTensors();

  it('reports steps, epochs, the best epoch and an end', async () => {
    const network = tinyNetwork();
    const events = await trained({ network });
    free(network);
    // 16 images in batches of 6; 4 are held out.
    const kinds = events.map(({ type }) => type).filter((type) => type !== 'best');
    expect(kinds).toEqual(['step', 'step', 'step', 'epoch', 'step', 'step', 'step', 'epoch', 'done']);
    const steps = ofType(events, 'step');
    expect(steps.map(({ epoch, step, stepInEpoch }) => [epoch, step, stepInEpoch])).toEqual([
      [0, 0, 0],
      [0, 1, 1],
      [0, 2, 2],
      [1, 3, 0],
      [1, 4, 1],
      [1, 5, 2],
    ]);
    expect(steps[0]).toMatchObject({ stepsPerEpoch: 3, epochs: 2, auxiliaryLoss: null, learningRate: 0.025 });
    const [first, second] = ofType(events, 'epoch');
    expect(first).toMatchObject({ learningRate: 0.025, dropPath: 0 });
    // Half way down the cosine and up the ramp.
    expect(second!.learningRate).toBeCloseTo(0.0125, 12);
    expect(second!.dropPath).toBeCloseTo(0.1, 12);
    const done = ofType(events, 'done')[0]!;
    expect(done.history).toEqual([first!, second!].map(({ type: _, epochs: __, ...record }) => record));
    expect(done.heldOut!.images).toBe(4);
    expect(done.heldOut!.confusion.flat().reduce((sum, count) => sum + count)).toBe(4);
  });

  it('learns', async () => {
    const network = tinyNetwork();
    const events = await trained({ network, train: halves(60), epochs: 12, dropPath: 0.1 });
    const test = await evaluateNetwork(network, halves(40, 8, 'unseen'));
    free(network);
    const losses = ofType(events, 'epoch').map(({ trainLoss }) => trainLoss);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    expect(test.top1).toBeGreaterThan(90);
    expect(test.top5).toBe(100);
  });

  it('adds the auxiliary loss, and moves its head', async () => {
    const network = tinyNetwork({ cells: 1, inputShape: [16, 16, 1], auxiliary: true });
    const head = network.getLayer('auxiliary_head');
    const before = [...head.weights[0]!.read().dataSync()];
    const events = await trained({ network, train: halves(8, 16), epochs: 1, batchSize: 4, heldOut: 0 });
    expect([...head.weights[0]!.read().dataSync()]).not.toEqual(before);
    for (const { auxiliaryLoss, trainLoss } of ofType(events, 'step')) {
      expect(auxiliaryLoss).toBeGreaterThan(0);
      expect(auxiliaryLoss).not.toBe(trainLoss);
    }
    free(network);
  });

  it.each([1, 2, 3, 4, 5])(
    'stopped after iteration %i and resumed equals never stopped, bit for bit',
    async (stop) => {
      const options = { augment: { crop: { padding: 1 }, flip: true } };
      const whole = tinyNetwork();
      const events = await trained({ network: whole, ...options });
      const store = memoryStore();
      const first = tinyNetwork();
      const begun = await trained(
        { network: first, ...options, checkpoint: { store, everyEpochs: 9 } },
        (event) => event.type === 'step' && event.step === stop - 1,
      );
      expect(begun.at(-1)).toMatchObject({ type: 'stopped', step: stop });
      const second = tinyNetwork({ seed: 99 });
      // The seed is part of the run; the weights it drew are not.
      await expect(trained({ network: second, ...options, resume: (await store.load())! })).rejects.toThrow(
        'trainNetwork: the checkpoint is of a run with other settings (network)',
      );
      free(second);
      const third = tinyNetwork();
      putWeights(
        third,
        (await takeWeights(third)).map((tensor) => ({ ...tensor, data: tensor.data.map(() => 7) })),
      );
      const ended = await trained({ network: third, ...options, resume: (await store.load())! });
      expect(everything(third)).toEqual(everything(whole));
      const timeless = (list: typeof events) =>
        ofType(list, 'done').map(({ history, best, last, heldOut }) => ({
          history: history.map(({ seconds: _, ...record }) => record),
          best: { ...best, weights: best.weights.map(({ data }) => [...data]) },
          last: last.map(({ data }) => [...data]),
          heldOut,
        }));
      expect(timeless(ended)).toEqual(timeless(events));
      for (const network of [whole, first, third]) free(network);
    },
  );

  it('keeps the best weights apart from the last, by held-out accuracy and then loss', async () => {
    const network = tinyNetwork();
    const events = await trained({ network, epochs: 6, weights: { learningRate: 0.2 } });
    const [done] = ofType(events, 'done');
    const epochs = ofType(events, 'epoch');
    const highest = Math.max(...epochs.map(({ validAccuracy }) => validAccuracy!));
    const equals = epochs.filter(({ validAccuracy }) => validAccuracy === highest);
    expect(equals.length, 'four images leave few accuracies').toBeGreaterThan(1);
    const { epoch } = equals.reduce((a, b) => (b.validLoss! < a.validLoss! ? b : a));
    expect(done!.best).toMatchObject({ epoch, accuracy: highest });
    expect(ofType(events, 'best').at(-1)).toMatchObject({ epoch, accuracy: highest });
    expect(everything(network)).toEqual(done!.last.map(({ data }) => [...data]));
    putWeights(network, done!.best.weights);
    expect(everything(network)).toEqual(done!.best.weights.map(({ data }) => [...data]));
    free(network);
  });

  it('takes the last weights for the best when nothing is held out', async () => {
    const network = tinyNetwork();
    const events = await trained({ network, heldOut: 0, epochs: 1 });
    const [done] = ofType(events, 'done');
    expect(done!.heldOut).toBeNull();
    expect(done!.best).toMatchObject({ epoch: 0, accuracy: null });
    expect(done!.best.weights).toBe(done!.last);
    expect(ofType(events, 'epoch')[0]).toMatchObject({
      validLoss: null,
      validAccuracy: null,
      validTop5: null,
    });
    // All 20 images train.
    expect(ofType(events, 'step').length).toBe(4);
    free(network);
  });

  it('sets the drop path of every operation', async () => {
    const network = tinyNetwork();
    const rates = new Set<number>();
    const visit = (layer: unknown): void => {
      if (layer instanceof DropPath) rates.add(layer.rate);
      else if (layer instanceof NoisyDartsLayer) layer.children.forEach(visit);
    };
    await trained({ network, dropPath: 0.4 }, (event) => {
      if (event.type === 'step' && event.step === 3) network.layers.forEach(visit);
      return false;
    });
    expect([...rates]).toEqual([0.2]);
    free(network);
  });

  it('stops at a loss that is not finite, naming epoch and step, and moves nothing then', async () => {
    const network = tinyNetwork();
    const kernel = network.getLayer('classifier').weights[0]!;
    tf.tidy(() => {
      kernel.write(tf.fill(kernel.shape as [number, number], Number.NaN));
    });
    const before = [...network.getLayer('stem').weights[0]!.read().dataSync()];
    const error = (await trained({ network }).catch((e: unknown) => e)) as TrainingError;
    expect(error.name).toBe('TrainingError');
    expect(error.message).toBe(
      'trainNetwork: stopped at epoch 0, step 0: trainNetwork: the training loss must be finite, got NaN; lower the learning rate; last good checkpoint: none',
    );
    expect([error.epoch, error.step]).toEqual([0, 0]);
    expect([...network.getLayer('stem').weights[0]!.read().dataSync()]).toEqual(before);
    free(network);
  });

  it('refuses bad options', async () => {
    const network = tinyNetwork();
    const refused = (options: object) => expect(trained({ network, ...options })).rejects;
    await refused({ epochs: 0 }).toThrow(
      'trainNetwork: epochs must be a positive integer, got 0; correct it or leave it out',
    );
    await refused({ heldOut: 1 }).toThrow(
      'trainNetwork: heldOut, if no data set, must be a number from 0 to below 1, got 1',
    );
    await refused({ dropPath: 1 }).toThrow(
      'trainNetwork: dropPath must be a number from 0 to below 1, got 1',
    );
    await refused({ auxiliaryWeight: -1 }).toThrow(
      'trainNetwork: auxiliaryWeight must be a finite number of at least 0, got -1',
    );
    await refused({ train: halves(8, 16) }).toThrow(
      "must have examples of 8x8x1 like the network's, got [16, 16, 1]; create the network with the data set's shape",
    );
    const images = new Float32Array(64);
    const many = inMemory({ name: 'many', images, labels: [2], shape: [8, 8, 1], classes: 3 });
    await refused({ heldOut: many }).toThrow(
      "trainNetwork: 'many' has more classes than the network's 2, got 3",
    );
    await expect(evaluateNetwork(network, many)).rejects.toThrow(
      "evaluateNetwork: 'many' has more classes than the network's 2, got 3",
    );
    await refused({ resume: new Uint8Array(40) }).toThrow('decodeCheckpoint: these bytes are no checkpoint');
    free(network);
  });
});

describe('evaluateNetwork', () => {
  leavesNoTensors();

  it('counts classes by what they were taken for', async () => {
    const network = tinyNetwork();
    const classifier = network.getLayer('classifier');
    // Whatever the image, class 1 wins.
    tf.tidy(() => {
      classifier.weights[0]!.write(tf.zeros(classifier.weights[0]!.shape as [number, number]));
      classifier.weights[1]!.write(tf.tensor1d([0, 1]));
    });
    const { confusion, top1, top5, loss, images } = await evaluateNetwork(network, halves(10), {
      batchSize: 4,
    });
    expect({ confusion, top1, top5, images }).toEqual({
      confusion: [
        [0, 5],
        [0, 5],
      ],
      top1: 50,
      top5: 100,
      images: 10,
    });
    // (log(1 + e) + log(1 + e) - 1) / 2
    expect(loss).toBeCloseTo(Math.log(1 + Math.E) - 0.5, 5);
    free(network);
  });
});

describe('putWeights', () => {
  leavesNoTensors();

  it('refuses weights of another network and changes nothing', async () => {
    const network = tinyNetwork();
    const wider = tinyNetwork({ channels: 4 });
    const before = everything(network);
    const weights = await takeWeights(wider);
    expect(() => putWeights(network, weights)).toThrow(
      "putWeights: the weights must hold 'stem/kernel' as [3,3,1,6], got [3, 3, 1, 12]; put them into the network they were taken from",
    );
    expect(everything(network)).toEqual(before);
    free(network);
    free(wider);
  });
});

describe('trainingAugmentation', () => {
  it("is the paper's for CIFAR-10", () => {
    const normalize = { mean: [0.5], std: [0.25] };
    expect(trainingAugmentation(normalize)).toEqual({
      crop: { padding: 4 },
      flip: true,
      normalize,
      cutout: { length: 16 },
    });
  });
});

describe('a training that cannot go on', () => {
  leavesNoTensors();

  it('keeps its last finite checkpoint when it diverges', async () => {
    const saved: Uint8Array[] = [];
    const store = { ...memoryStore(), save: async (bytes: Uint8Array) => void saved.push(bytes.slice()) };
    const network = tinyNetwork();
    const error = (await trained({
      network,
      epochs: 9,
      weights: { learningRate: 1e18, clip: Number.POSITIVE_INFINITY },
      checkpoint: { store, everySteps: 1 },
    }).catch((e: unknown) => e)) as TrainingError;
    free(network);
    expect(error.name).toBe('TrainingError');
    const last = saved.length === 0 ? 'none' : 'memory (epoch ';
    expect(error.message).toContain(`must be finite, got `);
    expect(error.message).toContain(`last good checkpoint: ${last}`);
    for (const bytes of saved)
      for (const { data } of decodeCheckpoint(bytes).tensors) expect(data.every(Number.isFinite)).toBe(true);
  });

  it('keeps nothing of a pass that throws', async () => {
    const network = tinyNetwork();
    const classifier = network.getLayer('classifier');
    const call = classifier.call.bind(classifier);
    let passes = 0;
    classifier.call = (...args) => {
      if (++passes > 2) throw new Error('no more');
      return call(...args);
    };
    const before = tf.memory().numTensors;
    await expect(trained({ network })).rejects.toThrow(
      'trainNetwork: stopped at epoch 0, step 2: no more; last good checkpoint: none',
    );
    expect(tf.memory().numTensors).toBe(before);
    free(network);
  });

  it('refuses a batch of one image under the auxiliary head before the first step, and takes dropLast', async () => {
    const network = tinyNetwork({ cells: 1, inputShape: [16, 16, 1], auxiliary: true });
    const start = everything(network);
    const options = { network, train: halves(9, 16), batchSize: 4, heldOut: 0, epochs: 1 };
    await expect(trained(options)).rejects.toThrow(
      "trainNetwork: a batch of 'halves' would be of one image, on which this network cannot train",
    );
    expect(everything(network)).toEqual(start);
    const events = await trained({ ...options, dropLast: true });
    expect(ofType(events, 'step').map(({ stepsPerEpoch }) => stepsPerEpoch)).toEqual([2, 2]);
    free(network);
  });

  it('refuses a checkpoint whose best weights or evaluations are not of the network', async () => {
    const store = memoryStore();
    const first = tinyNetwork();
    await trained({ network: first, checkpoint: { store } });
    free(first);
    const { meta, tensors } = decodeCheckpoint((await store.load())!);
    const refused = async (changed: object, kept: typeof tensors, message: string) => {
      const network = tinyNetwork();
      const start = everything(network);
      const resume = encodeCheckpoint({ meta: { ...(meta as object), ...changed }, tensors: kept });
      await expect(trained({ network, resume })).rejects.toThrow(message);
      expect(everything(network)).toEqual(start);
      free(network);
    };
    const { position } = meta as { position: object };
    const worst = tensors.filter(({ name }) => !name.startsWith('more/'));
    await refused({}, worst, "trainNetwork: the checkpoint's best weights must hold");
    const own = { best: { epoch: 7 }, heldOut: null };
    await refused({ position: { ...position, own } }, tensors, 'history must be one of evaluations');
  });

  it.each<[object, string]>([
    [{ evaluationBatchSize: 0 }, 'evaluationBatchSize must be a positive integer, got 0'],
    [{ weights: { lr: 1 } }, "trainNetwork, weights: there is no such option, got 'lr'"],
    [{ checkpoint: memoryStore() }, 'pass checkpoint: { store }'],
    [{ augmentation: {} }, "trainNetwork: there is no such option, got 'augmentation'"],
    [{ train: { ...halves(), size: Number.NaN } }, 'train must hold examples, from 1 to 2147483647, got NaN'],
    [{ network: {} }, 'network must be a tf.LayersModel that gives logits [N, classes]'],
  ])('refuses %j', async (options, message) => {
    const network = tinyNetwork();
    await expect(trained({ network, ...options })).rejects.toThrow(message);
    free(network);
  });
});
