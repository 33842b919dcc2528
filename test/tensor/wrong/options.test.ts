import '../../support/backend';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import {
  adam,
  createArchitect,
  createSupernet,
  darts,
  defineSpace,
  gaussianNoise,
  inMemory,
  mobile,
  NoisyMixedOp,
  nasBench201,
  search,
  sgd,
} from 'noisydarts';
import { createNetwork, noisyDartsA } from 'noisydarts/network';
import { stateDict } from 'noisydarts/pytorch';
import { stream } from 'noisydarts/random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Callable, entries, fault, open, outcome } from './support';

const folder = mkdtempSync(join(tmpdir(), 'noisydarts-options-'));
const home = process.cwd();

const WRONG: Readonly<Record<string, unknown>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  'a negative number': -1,
  'half a number': 0.5,
  'a huge number': 2 ** 53,
  'an empty text': '',
  'a text': 'no such thing',
  'an empty list': [],
  'a list of NaN': [Number.NaN, Number.NaN],
  'an empty object': {},
  null: null,
};

/** What a call has before its options, and options that are right. Others are tried as if options were all they take. */
interface Base {
  readonly before?: readonly unknown[];
  readonly options?: object;
}

let bases: Readonly<Record<string, Base>>;
let owned: { dispose(): unknown }[];

/**
 * Not called: what brings up a device, takes the kernels from under the tests, checks for others, ends the process, or only
 * computes with two numbers.
 */
const APART: ReadonlySet<string> = new Set([
  'checkNoise',
  'disableWasmTraining',
  'disableWebGPUTraining',
  'enableWasmTraining',
  'enableWebGPUTraining',
  'fail',
  'registerWebGPU',
  'setEdgeKernel',
  'threefry2x32',
]);

/** It takes what others take, and looks at none of it. */
const LENIENT: ReadonlySet<string> = new Set(['batchCount']);

beforeAll(async () => {
  process.chdir(folder);
  const cell = [
    ['skip_connect', 0],
    ['max_pool_3x3', 1],
  ] as const;
  const genotype = { normal: cell, normalConcat: [2], reduce: cell, reduceConcat: [2] };
  const inputShape = [8, 8, 3] as const;
  const size = { channels: 2, cells: 2, classes: 2, inputShape } as const;
  const network = createNetwork(genotype, { ...size, auxiliary: false });
  const tiny = defineSpace({ name: 'tiny', nodes: 1, primitives: ['none', 'skip_connect', 'avg_pool_3x3'] });
  const supernet = createSupernet({ ...size, space: tiny, cells: 3, inputShape: [...inputShape] });
  const data = inMemory({
    name: 'blank',
    images: new Uint8Array(8 * 8 * 8 * 3),
    labels: Uint8Array.from({ length: 8 }, (_, i) => i % 2),
    shape: [8, 8, 3],
    classes: 2,
  });
  const x = tf.zeros([2, 8, 8, 3]);
  const y = tf.tensor1d([0, 1], 'int32');
  const batch = { x, y };
  const size1 = supernet.archVariables().reduce((sum, alpha) => sum + alpha.size, 0);
  const vector = Array.from({ length: size1 }, () => 1);
  const alphas = Object.fromEntries(
    Object.entries(supernet.alphas).map(([name, alpha]) => [name, alpha.arraySync()]),
  );
  const map = tf.zeros([2, 4, 4, 2]);
  const filter = tf.zeros([3, 3, 2, 2]);
  const [depthwise, pointwise] = [tf.zeros([3, 3, 2, 1]), tf.zeros([1, 1, 2, 2])];
  const edge = new NoisyMixedOp({ candidates: ['skip_connect', 'avg_pool_3x3'] });
  const model = sequential({
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 1] }),
      edge,
      layers.flatten(),
      layers.dense({ units: 2 }),
    ],
  });
  const optimizer = adam({ learningRate: 0.1 });
  const architect = createArchitect({ model: supernet, optimizer });
  owned = [network, supernet, x, y, map, filter, depthwise, pointwise, model];
  const mobileGenotype = mobile().layers.map(() => 'skip_connect');
  const nasCell = [
    [['skip_connect', 0]],
    [
      ['none', 0],
      ['skip_connect', 1],
    ],
    [
      ['none', 0],
      ['none', 1],
      ['skip_connect', 2],
    ],
  ];
  const held = { before: [supernet, batch] };
  const onData = { before: [data], options: { batchSize: 2 } };
  const common = { channels: 2, cells: 1, classes: 2, inputShape: [8, 8, 3] };
  const noise = { std: 0.2 };
  const candidates = ['skip_connect', 'avg_pool_3x3'];
  const points = { before: [genotype] };
  const file = { before: [folder] };
  const selecting = {
    options: { supernet, train: data, valid: data, batchSize: 2, images: 2, tuneSteps: 1 },
  };
  bases = {
    archHessian: held,
    dominantEigenvalue: { ...held, options: { iterations: 2 } },
    hessianVectorProduct: { before: [supernet, batch, vector] },
    lanczos: { before: [(v: Float64Array) => v, 3] },
    lossLandscape: { before: [supernet, [batch]], options: { points: 2 } },
    architectCallback: { options: { valid: batch } },
    plainNetwork: { options: { parameters: 200, classes: 2, inputShape: [8, 8, 1], seed: 0 } },
    ArchitectCallback: { options: { valid: batch } },
    checkArchGradient: { before: [architect, { train: batch, valid: batch }], options: { elements: 1 } },
    createArchitect: { options: { model: supernet, optimizer } },
    bilevelModel: { before: [model] },
    augmentation: {},
    decodeCifar10: { before: [new Uint8Array(3073)] },
    decodeCifar100: { before: [new Uint8Array(3074)] },
    decodeDigits: { before: [new Uint8Array(65)] },
    batchCount: onData,
    cyclingBatches: { ...onData, options: { batchSize: 2, stream: stream(0) } },
    epochBatches: { ...onData, options: { batchSize: 2, stream: stream(0), epoch: 0 } },
    evaluationBatches: onData,
    inMemory: {
      options: {
        name: 'a',
        images: new Uint8Array(12),
        labels: new Uint8Array(2),
        shape: [2, 3, 1],
        classes: 2,
      },
    },
    split: { before: [data] },
    subset: { before: [data], options: { to: 2 } },
    decodeRecords: {
      before: [new Uint8Array(10)],
      options: { format: 'own', shape: [2, 2, 1], classes: 2, maxValue: 255, order: 'interleaved' },
    },
    drawModelGenotype: { before: [{ edge: 'skip_connect' }] },
    fromArrays: { options: { x: new Float32Array(12), y: [0, 1], shape: [2, 3, 1] } },
    fromGenerator: { before: [() => [{ x: [1], y: 0 }]], options: { size: 1 } },
    fromTensors: { before: [x, y] },
    drawCell: { before: [genotype, 'normal'] },
    drawGenotype: points,
    drawMobile: { before: [{ layers: mobileGenotype }] },
    drawNasBench201Cell: { before: [nasCell] },
    topGenotypes: { before: [tiny, alphas, 2] },
    nasBench201Table: { before: [['arch,a']], options: { columns: ['a'] } },
    avgPool: { before: [map] },
    maxPool: { before: [map] },
    conv2d: { before: [map, filter] },
    depthwiseConv2d: { before: [map, depthwise] },
    pointwiseConv2d: { before: [map, pointwise] },
    BatchNorm: {},
    Cell: { options: { filters: 2, candidates: [candidates, candidates], nodes: 1 } },
    Classifier: { options: { classes: 2 } },
    ConvBN: { options: { filters: 2 } },
    DenseCell: { options: { filters: 2, candidates, nodes: 1 } },
    DropPath: { options: { rate: 0.1 } },
    FactorizedReduce: { options: { filters: 2 } },
    Identity: {},
    identity: {},
    InvertedBottleneck: { options: { filters: 2 } },
    MixedOp: { options: { candidates } },
    NoiseSource: {},
    NoisyMixedOp: { options: { candidates } },
    NoisyOp: { options: { layer: layers.dense({ units: 2 }), noise: gaussianNoise() } },
    Pool: { options: { kind: 'max' } },
    ReluConvBN: { options: { filters: 2 } },
    ResidualBlock: { options: { filters: 2 } },
    SeparableBlock: { options: { filters: 2, kernelSize: 3 } },
    SeparableBottleneck: { options: { filters: 2 } },
    SeparableConv: { options: { filters: 2, kernelSize: 3 } },
    SqueezeExcite: { options: { reduced: 1 } },
    Stem: { options: { filters: 2 } },
    Zero: {},
    gaussianNoise: { options: noise },
    uniformNoise: { options: noise },
    AuxiliaryHead: { options: { classes: 2, stride: 2 } },
    DenseNetworkCell: { options: { filters: 2, edges: nasCell } },
    FeatureDropout: { options: { rate: 0.1 } },
    NetworkCell: { options: { filters: 2, edges: cell, concat: [2] } },
    NormRelu: {},
    createNetwork: { before: [genotype], options: { ...common, auxiliary: false, cells: 2 } },
    createMobileNetwork: { before: [noisyDartsA], options: { classes: 2, inputShape: [8, 8, 3] } },
    deriveModel: { before: [model] },
    evaluateNetwork: { before: [network, data], options: { batchSize: 2 } },
    nasBench201Cost: { before: [nasCell], options: common },
    trainNetwork: { options: { network, train: data, epochs: 1, batchSize: 2 } },
    transferNetwork: { before: [network], options: { classes: 2 } },
    trainingStep: {
      before: [network, sgd({ learningRate: 0.1 }), batch],
      options: { moment: { epoch: 0, step: 0, pass: 0 } },
    },
    describeRun: { options: { supernet, train: data, valid: data } },
    drawLandscape: {
      before: [
        {
          coordinates: [
            [-1, 0, 1],
            [-1, 0, 1],
          ],
          loss: Array(9).fill(1),
          centre: 1,
        },
      ],
    },
    prefetch: { before: [data] },
    readCifar10: file,
    readCifar100: file,
    readIdx: { options: { images: 'no', labels: 'no' } },
    readImageFolder: { before: [folder], options: { size: 8 } },
    readMnist: file,
    readSvhn: file,
    readNasBench201Table: { before: ['no'], options: { columns: ['a'] } },
    stopOnInterrupt: {},
    threadedEngine: { before: [supernet], options: { inputShape: [8, 8, 3], threads: 1 } },
    threadedNetwork: { before: [network], options: { threads: 1 } },
    withProgress: { before: [search({ supernet, train: data, valid: data })] },
    adam: { options: { learningRate: 0.1 } },
    sgd: { options: { learningRate: 0.1 } },
    cosine: { options: { from: 1, to: 0, epochs: 2 } },
    linear: { options: { from: 1, to: 0, epochs: 2 } },
    loadStateDict: { before: [network, await stateDict(network)] },
    evaluate: { before: [supernet, data], options: { batchSize: 2 } },
    discretisationGap: { before: [supernet, data], options: { images: 2, batchSize: 2 } },
    search: { options: { supernet, train: data, valid: data, epochs: 1, batchSize: 2 } },
    selectByAlpha: { options: { supernet } },
    selectByPerturbation: selecting,
    selectByProgressiveShrink: selecting,
    defineSelection: { options: { name: 'mine', plan: () => [] } },
    stopOnEigenvalue: {},
    stopOnSkips: {},
    stopOnStableRanking: { before: [darts()] },
    darts: {},
    defineSpace: { options: { name: 'mine', primitives: candidates, nodes: 1 } },
    mobile: {},
    fairDarts: {},
    gdas: {},
    pcDarts: {},
    sdartsRs: {},
    DartsSupernet: { options: { ...common, space: tiny } },
    NasBench201Supernet: { options: { ...common, space: nasBench201() } },
    MobileSupernet: { options: { space: mobile(), classes: 2 } },
    createSupernet: { options: { ...common, cells: 3, space: tiny } },
    estimateMemory: { before: [supernet], options: { batchSize: 2, inputShape: [8, 8, 3] } },
    verifyBackend: { options: { quick: true } },
  };
});

afterAll(() => {
  process.chdir(home);
  for (const thing of owned) thing.dispose();
  rmSync(folder, { recursive: true });
});

const optionsOf = (error: unknown): string[] => {
  const told = /there is no such option, got .*; use (.+)$/s.exec((error as Error)?.message ?? '');
  return told ? told[1]!.split(', ').filter((name) => name !== 'none') : [];
};

test.for(entries)('%s', { timeout: 180_000 }, async (entry) => {
  const exported = await open(entry);
  const faults: string[] = [];
  for (const [name, fn] of Object.entries(exported)) {
    if (typeof fn !== 'function' || APART.has(name) || fn.prototype instanceof Error) continue;
    const base = bases[name];
    const { before = [], options = {} } = base ?? {};
    const call = async (what: string, given: object) => {
      const held = tf.memory().numTensors;
      const error = await outcome(fn as Callable, [...before, { ...options, ...given }]);
      const text = fault(error);
      if (text) faults.push(`${name}, ${what}: ${text}`);
      const left = tf.memory().numTensors - held;
      if (left !== 0) faults.push(`${name}, ${what}: leaves ${left} tensors`);
      return error;
    };
    if (base) await call('as it should be', {});
    const unknown = await call('an unknown option', { noSuchOption: 1 });
    if (base && !unknown) faults.push(`${name}: takes an unknown option`);
    for (const key of new Set([...optionsOf(unknown), ...Object.keys(options)]))
      for (const [kind, value] of Object.entries(WRONG)) {
        const error = await call(`${key}: ${kind}`, { [key]: value });
        if (error === undefined && Number.isNaN(value) && !LENIENT.has(name))
          faults.push(`${name}, ${key}: takes NaN`);
      }
  }
  expect(faults).toEqual([]);
  expect(readdirSync(folder), 'files').toEqual([]);
});
