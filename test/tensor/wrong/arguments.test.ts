import '../../support/backend';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { createSupernet, darts, inMemory, mobile } from 'noisydarts';
import { createNetwork } from 'noisydarts/network';
import { stream } from 'noisydarts/random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Callable, entries, fault, open, outcome } from './support';

const folder = mkdtempSync(join(tmpdir(), 'noisydarts-arguments-'));
const home = process.cwd();

/** Not called: what brings up a device, takes the kernels from under the tests, ends the process, or only computes with two numbers. */
const APART = new Set([
  'registerWebGPU',
  'disableWasmTraining',
  'enableWasmTraining',
  'setEdgeKernel',
  'fail',
  'threefry2x32',
  'alphaFrozen',
]);

type Wrong = Readonly<Record<string, unknown>>;
let wrong: Wrong;
/** By the names of functions. */
let right: Readonly<Record<string, unknown[]>>;
let owned: { dispose(): unknown }[];

beforeAll(() => {
  process.chdir(folder);
  const disposed = tf.zeros([2, 4, 4, 2]);
  disposed.dispose();
  const rank1 = tf.zeros([3]);
  const stock = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
  const cell = [
    ['skip_connect', 0],
    ['max_pool_3x3', 1],
  ] as const;
  const genotype = { normal: cell, normalConcat: [2], reduce: cell, reduceConcat: [2] };
  const network = createNetwork(genotype, {
    channels: 2,
    cells: 2,
    classes: 2,
    inputShape: [8, 8, 3],
    auxiliary: false,
  });
  owned = [rank1, stock, network];
  const digits = inMemory({
    name: 'blank',
    images: new Uint8Array(8 * 4 * 4),
    labels: new Uint8Array(8),
    shape: [4, 4, 1],
    classes: 2,
  });
  const map = tf.zeros([2, 4, 4, 2]);
  const supernet = createSupernet({ space: darts(), channels: 4, cells: 2, inputShape: [8, 8, 3] });
  right = {
    checkNoise: ['checkNoise'],
    'validateGenotype createNetwork genotypeToPython drawGenotype': [genotype],
    'avgPool maxPool conv2d depthwiseConv2d pointwiseConv2d batchNormTrain batchNormInference perturb counterNoise dropPath':
      [map],
    'crossEntropy topKAccuracy matMul': [tf.zeros([2, 3])],
    weightedSum: [rank1],
    'decodeAlphas genotypeMixture mapAlphas stopOnStableRanking edgeCandidates reductionCells drawAlphaHistory decodeGenotype genotypeWeights':
      [darts()],
    'decodeMobile mobileArchitecture': [mobile()],
    'transferNetwork featureExtractor evaluateNetwork putWeights setDropPath trainingStep loadStateDict': [
      network,
    ],
    'estimateMemory evaluate discretisationGap archHessian dominantEigenvalue hessianVectorProduct lossLandscape mixedHessianVectorProduct':
      [supernet],
    momentDraw: [stream(0)],
    unitDraw: [[2, 2]],
    'skipShare alphaEntropy': [[[0.5, 0.5]]],
    'adam sgd': [{ learningRate: 0.1 }],
    noisy: [layers.dense({ units: 2 })],
    'split subset concatenate measureNormalization evaluationBatches epochBatches cyclingBatches batchCount augmentation':
      [digits],
  };
  owned.push(map, ...(right['crossEntropy topKAccuracy matMul'] as tf.Tensor[]), supernet);
  wrong = {
    nothing: undefined,
    null: null,
    'a number': 5,
    'a text': join(folder, 'none'),
    'an empty object': {},
    'a tensor': rank1,
    'a disposed tensor': disposed,
    'a stock model': stock,
    'a network': network,
  };
});

afterAll(() => {
  process.chdir(home);
  for (const thing of owned) thing.dispose();
  rmSync(folder, { recursive: true });
});

/** The places to try; what checks for others is told their name first. */
const places = (name: string, before: readonly unknown[]): number[] =>
  [...before.keys(), before.length].slice(name === 'checkNoise' ? 1 : 0);

/** Arguments that are right, before the one that is tried. */
function leads(name: string): unknown[] {
  return Object.entries(right).find(([names]) => names.split(' ').includes(name))?.[1] ?? [];
}

test.for(entries)('%s', { timeout: 120_000 }, async (entry) => {
  const exported = await open(entry);
  const faults: string[] = [];
  for (const [name, fn] of Object.entries(exported)) {
    if (typeof fn !== 'function' || APART.has(name) || fn.prototype instanceof Error) continue;
    const tries = Object.entries(wrong).flatMap(([kind, value]) => {
      const before = leads(name);
      return places(name, before).map((place) => {
        const given = before.slice(0, place);
        return [
          `${name}(${kind} in place ${place})`,
          kind === 'nothing' ? given : [...given, value],
        ] as const;
      });
    });
    for (const [call, args] of tries) {
      const before = tf.memory().numTensors;
      const text = fault(await outcome(fn as Callable, args));
      if (text) faults.push(`${call}: ${text}`);
      const left = tf.memory().numTensors - before;
      if (left !== 0) faults.push(`${call} leaves ${left} tensors`);
    }
  }
  expect(faults).toEqual([]);
  expect(readdirSync(folder), 'files').toEqual([]);
});
