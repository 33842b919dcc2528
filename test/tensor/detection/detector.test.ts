import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { memoryStore } from 'noisydarts';
import {
  createDetector,
  type DetectorRecord,
  detectObjects,
  detectorOf,
  evaluateDetector,
  trainDetector,
} from 'noisydarts/detection';
import { countCost, createMobileNetwork, featureExtractor, toStandardLayers } from 'noisydarts/network';
import { writeOnnx } from 'noisydarts/onnx';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { suppress } from '../../../src/detection/boxes/suppress';
import { disposeWeights } from '../../../src/layers/noisy-darts-layer';
import { farthest } from '../../support/close';
import { leavesNoTensors } from '../../support/memory';
import { unsettle } from '../network/support';
import pytorch from './pytorch.json';
import { block, pictures, withDetector } from './support';

env.wasm.numThreads = 1;

describe('createDetector', () => {
  leavesNoTensors();

  it('has the parameters and multiply-adds of RetinaNet on NoisyDARTS-A at 1333x800', () => {
    const backbone = createMobileNetwork(undefined, { inputShape: [800, 1344, 3] });
    const detector = createDetector({ backbone, classes: 80 });
    const taps = countCost(featureExtractor(backbone, [8, 16, 32])).total;
    const all = countCost(detector.model).total;
    const cells = [100 * 168, 50 * 84, 25 * 42, 13 * 21, 7 * 11];
    const channels = [40, 96, 320];
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    const three = 9 * 256;
    const pyramid =
      sum(channels.map((c) => 256 * c + 256)) +
      3 * (three * 256 + 256) +
      (9 * 320 * 256 + 256) +
      (three * 256 + 256);
    const heads = 8 * (three * 256 + 256) + (three * 720 + 720) + (three * 36 + 36);
    expect(all.parameters - taps.parameters).toBe(pyramid + heads);
    const work =
      sum(channels.map((c, i) => 256 * c * cells[i]!)) +
      sum(cells.slice(0, 3)) * three * 256 +
      cells[3]! * 9 * 320 * 256 +
      cells[4]! * three * 256 +
      sum(cells) * (8 * three * 256 + three * 720 + three * 36);
    expect(all.multiplyAdds - taps.multiplyAdds).toBe(work);
    expect([all.parameters, all.multiplyAdds]).toMatchInlineSnapshot(`
      [
        13532544,
        167427508224,
      ]
    `);
    disposeWeights({ weights: [...new Set([...backbone.weights, ...detector.model.weights])] } as never);
  });

  it('says the same in stock layers, and after saving and loading, for pictures of other sizes too', async () => {
    const { detector, free } = withDetector();
    const before = tf.memory().numTensors;
    let saved: tf.io.ModelArtifacts | undefined;
    await detector.model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await loadLayersModel(tf.io.fromMemory(saved!));
    const x = tf.randomUniform([1, 64, 64, 3], 0, 1, 'float32', 7);
    const wide = tf.randomUniform([1, 64, 96, 3], 0, 1, 'float32', 8);
    const standard = toStandardLayers(detector.model);
    const say = (model: LayersModel, at: tf.Tensor) =>
      tf.tidy(() => (model.apply(at) as tf.Tensor[]).map((y) => y.dataSync()));
    expect(say(detector.model, wide)[0]).toHaveLength(2 * 9 * (8 * 12 + 4 * 6 + 2 * 3 + 2 + 1));
    const [logits, codes] = say(detector.model, x);
    expect(say(loaded, x)).toEqual([logits, codes]);
    expect(detectorOf(loaded)).toMatchObject({ classes: 2, anchors: detector.anchors });
    const [plain, plainCodes] = say(standard, x);
    expect(farthest('logits', plain!, logits!, 1e-4)).toEqual([]);
    expect(farthest('codes', plainCodes!, codes!, 1e-4)).toEqual([]);
    expect(() => detectorOf(standard)).toThrow(/^detectorOf: the model must be a detector's/);
    disposeWeights(loaded);
    disposeWeights(standard);
    tf.dispose([x, wide]);
    expect(tf.memory().numTensors).toBe(before);
    free();
  });

  it('says the same as a file of ONNX', async () => {
    const { detector, free } = withDetector();
    unsettle(detector.model);
    const x = tf.randomNormal([2, 64, 64, 3], 0, 1, 'float32', 3);
    const expected = detector.model.predict(x) as tf.Tensor[];
    const session = await InferenceSession.create(await writeOnnx(detector.model));
    const images = new Tensor('float32', (await x.data()) as Float32Array, x.shape);
    const outputs = await session.run({ [session.inputNames[0]!]: images });
    await session.release();
    for (const [i, name] of session.outputNames.entries()) {
      const values = await expected[i]!.data();
      expect(farthest(name, outputs[name]!.data as Float32Array, values, 1e-5)).toEqual([]);
    }
    expect(outputs.output_1!.dims).toEqual([2, 774, 2]);
    tf.dispose([x, expected]);
    free();
  });

  it('has maps and answers of one size at first, whatever the level', () => {
    const { detector, free } = withDetector();
    const x = tf.randomNormal([2, 64, 64, 3], 0, 1, 'float32', 3);
    const spreads = tf.tidy(() => {
      const outputs = ['pyramid_3', 'pyramid_4', 'pyramid_5'].map(
        (name) => detector.model.getLayer(name).output as SymbolicTensor,
      );
      const probe = model({
        inputs: detector.model.inputs,
        outputs: [...outputs, ...detector.model.outputs],
      });
      const ys = probe.apply(x, { training: true }) as tf.Tensor[];
      return ys.map((y) => Math.sqrt(tf.moments(y).variance.dataSync()[0]!));
    });
    // Sums of three levels at most, whose parts are of deviation 1.
    for (const spread of spreads.slice(0, 3)) expect(spread).toBeLessThan(2.5);
    for (const spread of spreads.slice(3)) expect(spread).toBeLessThan(0.3);
    tf.dispose(x);
    free();
  });

  it('refuses backbones without the maps, and what is none', () => {
    const shallow = createMobileNetwork(
      { name: 's', stem: 4, blocks: [block(2)], features: 4, squeezeRatio: 0, activation: 'relu' },
      { classes: 2, inputShape: [64, 64, 3] },
    );
    expect(() => createDetector({ backbone: shallow, classes: 2 })).toThrow(
      /must have a map of stride 8, got \[2, 4\]/,
    );
    disposeWeights(shallow);
    expect(() => createDetector({ backbone: 3 as never, classes: 2 })).toThrow(/^createDetector: backbone/);
    expect(() => createDetector(undefined as never)).toThrow(/^createDetector: /);
    expect(() => detectorOf(null as never)).toThrow(/^detectorOf: /);
  });
});

describe('suppress', () => {
  it('keeps what PyTorch keeps, class by class', async () => {
    const { boxes, scores, threshold, kept } = pytorch.suppress;
    const corners = scores.map((_, i) => boxes.slice(4 * i, 4 * i + 4));
    const one = scores.map((score) => ({ label: 0, score }));
    expect(await suppress(corners, one, { overlap: threshold, keep: 100 })).toEqual(kept);
    const apart = scores.map((score, label) => ({ label, score }));
    expect(await suppress(corners, apart, { overlap: threshold, keep: 100 })).toHaveLength(scores.length);
  });
});

describe('trainDetector', () => {
  leavesNoTensors();

  const options = {
    train: pictures,
    valid: pictures,
    epochs: 2,
    batchSize: 1,
    method: 'adam',
    learningRate: 0.01,
    warmup: 1,
    frozenNorms: false,
    evaluateEvery: 2,
  } as const;

  async function train(more: object = {}, stopAt = Number.POSITIVE_INFINITY) {
    const { detector, free } = withDetector();
    const controller = new AbortController();
    let history: readonly DetectorRecord[] = [];
    for await (const event of trainDetector({ detector, ...options, ...more, signal: controller.signal })) {
      if (event.type === 'step' && event.step === stopAt) controller.abort();
      if (event.type === 'done') history = event.history;
    }
    const weights = detector.model.weights.map((weight) => tf.tidy(() => weight.read().dataSync().slice()));
    const [found] = await detectObjects(detector, [await pictures.read(0)], { score: 0 });
    free();
    return { history: history.map(({ seconds: _, ...record }) => record), weights, found: found! };
  }

  it('goes on from a checkpoint as if it had never stopped, and learns', async () => {
    const store = memoryStore();
    const whole = await train();
    await train({ checkpoint: { store } }, 3);
    const resumed = await train({ resume: await store.load() });
    expect(resumed).toEqual(whole);
    const [first, last] = whole.history;
    expect(last!.trainLoss).toBeLessThan(first!.trainLoss);
    expect([first!.figures, last!.figures!.AP50]).toEqual([null, expect.any(Number)]);
    for (const { bbox, score } of whole.found) {
      expect(bbox[0] + bbox[2]).toBeLessThanOrEqual(64.001);
      expect(score).toBeGreaterThan(0);
    }
    expect(whole.found.length).toBeGreaterThan(0);
  });

  it('takes an option that is undefined for one that is left out', async () => {
    const { detector, free } = withDetector();
    const events = trainDetector({ detector, ...options, weightDecay: undefined, clip: undefined } as never);
    expect((await events.next()).value).toMatchObject({ type: 'step', trainLoss: expect.any(Number) });
    await events.return();
    free();
  });

  it('refuses data of other categories, and what is no detector', async () => {
    const { detector, free } = withDetector(3);
    await expect(trainDetector({ detector, train: pictures }).next()).rejects.toThrow(
      /must have the 3 categories of the detector, got 2/,
    );
    free();
    await expect(trainDetector({} as never).next()).rejects.toThrow(
      /^trainDetector: the detector must be one/,
    );
    await expect(evaluateDetector(null as never, pictures)).rejects.toThrow(/^evaluateDetector: /);
    await expect(detectObjects(null as never, [])).rejects.toThrow(/^detectObjects: /);
  });
});
