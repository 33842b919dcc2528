import * as tf from '@tensorflow/tfjs-core';
import {
  avgPool,
  batchNormInference,
  batchNormTrain,
  concatChannels,
  conv2d,
  counterNoise,
  crossEntropy,
  depthwiseConv2d,
  matMul,
  maxPool,
  type NoiseFormula,
  perturb,
  pointwiseConv2d,
  sum,
  unitDraw,
  updateRunning,
  weightedSum,
} from '../kernels';
import { scores } from '../kernels/batch-scores';
import { shuffleChannels, splitChannels } from '../kernels/partial-channels';
import {
  archVariables,
  gaussianNoise,
  InvertedBottleneck,
  MixedOp,
  NoisyMixedOp,
  stateVariables,
  weightVariables,
} from '../layers';
import { adam, clipByGlobalNorm, globalNorm, type Optimizer, sgd } from '../optimizers';
import { stream } from '../random';

/** A small computation whose numbers are known. */
export interface VerificationCase {
  readonly title: string;
  /** What its results are of: kernels by their registered names, and operations made of several. */
  readonly kernels: readonly string[];
  /** Whether it is one of the few that a search begins with on a backend that nobody has tested. */
  readonly quick?: boolean;
  /** For each of `kernels` in turn what it gives; the caller disposes it. */
  readonly compute: () => readonly (readonly tf.Tensor[])[];
}

/** Standard normal numbers, the same on every backend. */
function normal<R extends tf.Rank>(shape: tf.ShapeMap[R], seed: number): tf.Tensor<R> {
  const generator = stream(seed, 'verify').generator();
  const size = tf.util.sizeFromShape([...shape]);
  return tf.tensor(
    Float32Array.from({ length: size }, () => generator.normal()),
    shape,
  );
}

type Maps = tf.Tensor4D;

const maps = (seed: number, shape: [number, number, number, number] = [2, 9, 8, 8]) =>
  normal<tf.Rank.R4>(shape, seed);

/** The value of `f`, and the gradients of what it is given for some gradient of the value. */
function differentiated<T extends readonly tf.Tensor[]>(
  f: (...inputs: T) => tf.Tensor,
  ...inputs: T
): [value: tf.Tensor, ...gradients: tf.Tensor[]] {
  const value = f(...inputs);
  const gradients = tf.grads(f as unknown as (...inputs: tf.Tensor[]) => tf.Tensor);
  return [value, ...gradients([...inputs], normal(value.shape, 99))];
}

const each = (tensors: readonly tf.Tensor[]) => tensors.map((tensor) => [tensor]);

/** A convolution: its value, the gradient of the map and that of the filter. */
const convolution = (
  kernel: string,
  title: string,
  compute: () => readonly tf.Tensor[],
  quick = false,
): VerificationCase => ({
  title: `${kernel} ${title}`,
  kernels: [`NoisyDarts${kernel}`, `NoisyDarts${kernel}InputGrad`, `NoisyDarts${kernel}FilterGrad`],
  quick,
  compute: () => each(compute()),
});

const depthwise = (size: number, stride: number, dilation: number, quick?: boolean) =>
  convolution(
    'DepthwiseConv2d',
    `${size}x${size}, stride ${stride}, dilation ${dilation}`,
    () =>
      differentiated(
        (x: Maps, filter: Maps) => depthwiseConv2d(x, filter, { stride, dilation }),
        maps(1),
        maps(2, [size, size, 8, 1]),
      ),
    quick,
  );

const dense = (height: number, width: number, stride: number | [number, number], quick?: boolean) =>
  convolution(
    'Conv2d',
    `${height}x${width}, stride ${stride}`,
    () =>
      differentiated(
        (x: Maps, filter: Maps) => conv2d(x, filter, { stride }),
        maps(3),
        maps(4, [height, width, 8, 5]),
      ),
    quick,
  );

const pointwise = (stride: number, offset: number, rectify: boolean, quick?: boolean) =>
  convolution(
    'PointwiseConv2d',
    `stride ${stride}, offset ${offset}${rectify ? ', of a ReLU' : ''}`,
    () =>
      differentiated(
        (x: Maps, filter: Maps) => pointwiseConv2d(x, filter, { stride, offset, rectify }),
        maps(5),
        maps(6, [1, 1, 8, 5]),
      ),
    quick,
  );

const pool = (kind: 'Max' | 'Avg', stride: number, quick = false): VerificationCase => ({
  title: `${kind}Pool, stride ${stride}`,
  kernels: [`NoisyDarts${kind}Pool`, `NoisyDarts${kind}PoolInputGrad`],
  quick,
  compute: () => {
    // Few different values, so that windows hold several equal ones.
    const x = tf.round(maps(7));
    return each(differentiated((a: Maps) => (kind === 'Max' ? maxPool : avgPool)(a, { stride }), x));
  },
});

const formula = (mixture: NoiseFormula['mixture']): NoiseFormula => ({
  distribution: mixture === 'additive' ? 'gaussian' : 'uniform',
  mixture,
  mean: mixture === 'additive' ? 0 : 1,
  std: 0.2,
  relative: mixture === 'additive',
  rate: 0.75,
  shrink: false,
});
const position = { key: [10, 20], counter: 3 } as const;

const noise = (mixture: NoiseFormula['mixture'], quick = false): VerificationCase => ({
  title: `noise, ${mixture}`,
  kernels: ['NoisyDartsDraw', 'NoisyDartsPerturb', 'NoisyDartsCounterNoise'],
  quick,
  compute: () => {
    const draw = unitDraw<tf.Rank.R4>([2, 9, 8, 8], formula(mixture).distribution, position);
    return [
      [draw],
      differentiated((x: Maps) => perturb(x, draw, formula(mixture)), maps(8)),
      differentiated((x: Maps) => counterNoise(x, formula(mixture), position), maps(8)),
    ];
  },
});

/** An edge in training, by whatever kernels the backend has for it. */
const edge = (
  title: string,
  kernel: string,
  { channels, quick = false, make }: { channels: number; quick?: boolean; make: () => MixedOp },
): VerificationCase => ({
  title,
  kernels: [kernel, `${kernel}, gradients`, `${kernel}, running statistics`],
  quick,
  compute: () => {
    const x = tf.variable(maps(9, [3, 8, 7, channels]));
    const made = make();
    try {
      const pass = { training: true, moment: { epoch: 0, step: 1, pass: 0 } };
      const run = (options: object) => made.apply(x, { ...pass, ...options }) as tf.Tensor;
      const y = run({ updateStatistics: false });
      const dy = normal(y.shape, 99);
      const variables = [x, ...archVariables(made), ...weightVariables(made)];
      const { grads } = tf.variableGrads(() => tf.sum(tf.mul(run({}), dy)) as tf.Scalar, variables);
      return [
        [y],
        variables.map(({ name }) => grads[name]!),
        stateVariables(made).map((variable) => tf.clone(variable)),
      ];
    } finally {
      x.dispose();
      made.dispose();
    }
  },
});

/** Every built-in kind of operation of cells. */
const mixedEdge = (stride: number, quick = false, channelShare = 1) =>
  edge(`mixed edge, stride ${stride}${channelShare > 1 ? ', partial channels' : ''}`, 'mixed edge', {
    channels: 8 * channelShare,
    quick,
    make: () =>
      new NoisyMixedOp({
        name: `verify_${stride}_${channelShare}`,
        candidates: [
          'none',
          'max_pool_3x3',
          'avg_pool_3x3',
          'skip_connect',
          'sep_conv_3x3',
          'sep_conv_5x5',
          'dil_conv_3x3',
          'dil_conv_5x5',
        ],
        stride,
        channelShare,
        seed: 1,
        noise: gaussianNoise({ std: 0.2 }),
      }),
  });

/** The operations of the mobile space. Behind ReLU the norm's own gradients would be nothing but rounding. */
const bottlenecks = (quick: boolean) =>
  edge('inverted bottlenecks', 'inverted bottlenecks', {
    channels: 8,
    quick,
    make: () => {
      const bottleneck = (kernelSize: number, squeezeRatio: number) =>
        new InvertedBottleneck({
          name: `verify_bottleneck_${kernelSize}`,
          filters: 8,
          expansion: 3,
          kernelSize,
          squeezeRatio,
          activation: 'swish',
          seed: 1,
        });
      return new MixedOp({
        name: 'verify_bottlenecks',
        candidates: { first: bottleneck(3, 0.25), second: bottleneck(5, 0) },
        seed: 1,
      });
    },
  });

/** The variables after three steps, and what `also` makes of them before they are gone. */
function moved(
  optimizer: Optimizer,
  also: (variables: tf.Variable[], grads: tf.Tensor[]) => readonly (tf.Tensor | null)[] = () => [],
): tf.Tensor[] {
  const shapes: [number, number][] = [
    [7, 5],
    [3, 8],
  ];
  const variables = shapes.map((shape, i) => tf.variable(normal(shape, 30 + i)));
  try {
    for (let step = 0; step < 3; step++) {
      optimizer.step(
        variables,
        shapes.map((shape, i) => normal(shape, 40 + 10 * step + i)),
      );
    }
    const more = also(
      variables,
      shapes.map((shape, i) => normal(shape, 80 + i)),
    );
    return [...variables.map((variable) => tf.clone(variable)), ...more.filter((tensor) => tensor !== null)];
  } finally {
    tf.dispose(variables);
    optimizer.dispose();
  }
}

/** All that is verified; of each kind the hardest comes first. */
export const verificationCases: readonly VerificationCase[] = [
  depthwise(3, 2, 2, true),
  depthwise(5, 1, 2, true),
  depthwise(3, 1, 2),
  depthwise(5, 2, 2),
  depthwise(3, 1, 1),
  depthwise(5, 2, 1),
  depthwise(7, 1, 1),
  dense(3, 3, 2, true),
  dense(3, 3, 1),
  dense(1, 7, [1, 2]),
  dense(7, 1, [2, 1]),
  pointwise(2, 1, true, true),
  pointwise(2, 0, false),
  pointwise(1, 0, true),
  pointwise(1, 0, false),
  pool('Max', 2, true),
  pool('Max', 1),
  pool('Avg', 2, true),
  pool('Avg', 1),
  {
    title: 'batch norm',
    kernels: ['NoisyDartsBatchNorm', 'NoisyDartsBatchNormInputGrad'],
    quick: true,
    compute: () => {
      const x = maps(10);
      const { mean, variance } = batchNormTrain(x);
      const [y, gradient] = differentiated((a: Maps) => batchNormTrain(a).y, x);
      return [[y, mean, variance], [gradient!]];
    },
  },
  {
    title: 'batch norm with scale and offset',
    kernels: [
      'NoisyDartsBatchNormAffine',
      'NoisyDartsBatchNormInputGrad',
      'NoisyDartsBatchNormScaleGrad',
      'NoisyDartsRunningUpdate',
      'batchNormInference',
    ],
    quick: true,
    compute: () => {
      const [x, scale, offset] = [maps(11), normal<tf.Rank.R1>([8], 12), normal<tf.Rank.R1>([8], 13)];
      const { mean, variance } = batchNormTrain(x, { scale, offset });
      const [y, ofX, ofScale, ofOffset] = differentiated(
        (a: Maps, s: tf.Tensor1D, o: tf.Tensor1D) => batchNormTrain(a, { scale: s, offset: o }).y,
        x,
        scale,
        offset,
      );
      const running = updateRunning(
        { mean: offset, variance: tf.square(scale) },
        { mean, variance },
        0.1,
        144,
      );
      return [
        [y, mean, variance, ofOffset!],
        [ofX!],
        [ofScale!],
        [running.mean, running.variance],
        [batchNormInference(x, running.mean, running.variance, { scale, offset })],
      ];
    },
  },
  {
    title: 'parts of channels, shuffled',
    kernels: ['NoisyDartsSplitChannels', 'NoisyDartsShuffleChannels'],
    quick: true,
    compute: () => {
      const x = maps(19, [2, 3, 2, 8]);
      const [part, other] = splitChannels({ x }, { channels: [2, 6] });
      const later = differentiated((a: Maps) => splitChannels({ x: a }, { channels: [2, 6] })[1]!, x);
      return [
        [part!, other!, ...later],
        differentiated((a: Maps) => shuffleChannels({ x: a }, { groups: 4 }), x),
      ];
    },
  },
  {
    title: 'concatenation',
    kernels: ['NoisyDartsConcatChannels', 'NoisyDartsConcatChannelsPartGrad'],
    quick: true,
    compute: () => {
      const [y, ...gradients] = differentiated(
        (a: Maps, b: Maps) => concatChannels([a, b]),
        maps(14),
        maps(15, [2, 9, 8, 3]),
      );
      return [[y], gradients];
    },
  },
  {
    title: 'sums',
    kernels: [
      'NoisyDartsSum',
      'NoisyDartsWeightedSum',
      'NoisyDartsWeightedSumWeightsGrad',
      'NoisyDartsWeightedSumTermGrad',
    ],
    quick: true,
    compute: () => {
      const terms = [maps(16), maps(17), maps(18)] as const;
      const [y, ofWeights, ...ofTerms] = differentiated(
        (weights: tf.Tensor1D, ...xs: Maps[]) => weightedSum(weights, xs),
        normal<tf.Rank.R1>([3], 19),
        ...terms,
      );
      return [differentiated((...xs: Maps[]) => sum(xs), ...terms), [y], [ofWeights!], ofTerms];
    },
  },
  {
    title: 'loss',
    kernels: ['NoisyDartsCrossEntropy', 'NoisyDartsCrossEntropyGrad', 'NoisyDartsBatchScores', 'matMul'],
    quick: true,
    compute: () => {
      const logits = normal<tf.Rank.R2>([5, 7], 20);
      const labels = tf.tensor1d([0, 6, 3, 3, 1], 'int32');
      const [loss, gradient] = differentiated((x: tf.Tensor2D) => crossEntropy(x, labels), logits);
      return [
        [loss],
        [gradient!],
        [scores({ logits, labels, first: loss as tf.Scalar }, {})],
        differentiated(
          (a: tf.Tensor2D, b: tf.Tensor2D) => matMul(a, b),
          logits,
          normal<tf.Rank.R2>([7, 3], 21),
        ),
      ];
    },
  },
  noise('additive', true),
  noise('multiplicative'),
  mixedEdge(1, true),
  mixedEdge(2),
  mixedEdge(1, false, 4),
  bottlenecks(true),
  {
    title: 'optimizers',
    kernels: ['NoisyDartsSgdUpdates', 'NoisyDartsSgdUpdate', 'NoisyDartsAdamUpdate', 'NoisyDartsGlobalNorm'],
    quick: true,
    compute: () => {
      const plain = sgd({ learningRate: 0.1 });
      const momentum = sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true });
      const grads = [normal([7, 5], 22), normal([3, 8], 23)];
      const clipped = clipByGlobalNorm(grads, 1);
      return [
        [
          ...moved(sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 })),
          ...moved(plain, (variables, more) => {
            plain.scaledStep(variables, more, tf.scalar(0.5));
            return [];
          }),
        ],
        moved(momentum, (variables, more) => momentum.preview(variables, more)),
        moved(adam({ learningRate: 0.1, betas: [0.5, 0.999], weightDecay: 0.01 })),
        [globalNorm(grads), clipped.norm, ...clipped.grads.filter((grad) => grad !== null)],
      ];
    },
  },
];
