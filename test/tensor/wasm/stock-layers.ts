import * as tf from '@tensorflow/tfjs-layers';

type Layer = tf.layers.Layer;

/** A layer to train: what makes it, and the shape of what it is given, without the batch. */
export interface Trial {
  readonly name: string;
  readonly input: readonly number[];
  /** Several layers where one alone is nothing to train. */
  readonly layers: () => Layer[];
  /** Whole numbers below this in place of normal ones. */
  readonly vocabulary?: number;
  /** Images a batch, 4 unless told. */
  readonly batch?: number;
}

const { layers: l, initializers } = tf;
const init = (seed: number) => initializers.randomNormal({ mean: 0, stddev: 0.4, seed });
const kernel = { kernelInitializer: init(1) };
const depthwise = { depthwiseInitializer: init(2) };
const recurrent = { ...kernel, recurrentInitializer: init(3) };
const image = [6, 7, 3];
const sequence = [6, 4];
const volume = [4, 5, 4, 2];
/** Weights before a layer that has none, so that its gradient is put to use. */
const conv = () => l.conv2d({ filters: 4, kernelSize: 3, padding: 'same', ...kernel });
const conv1d = () => l.conv1d({ filters: 4, kernelSize: 3, padding: 'same', ...kernel });
const conv3d = () => l.conv3d({ filters: 3, kernelSize: 2, padding: 'same', ...kernel });
const dense = (units = 4) => l.dense({ units, ...kernel });
const after =
  (before: () => Layer, ...rest: (() => Layer)[]) =>
  () => [before(), ...rest.map((make) => make())];
const trial = (
  name: string,
  input: readonly number[],
  layers: () => Layer[],
  more: Partial<Trial> = {},
): Trial => ({
  name,
  input,
  layers,
  ...more,
});

const activations = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'swish',
  'tanh',
  'mish',
  'gelu',
  'gelu_new',
] as const;

/** Every layer of tfjs-layers through which a gradient flows. */
export const trials: readonly Trial[] = [
  trial('activation', [5], () =>
    activations.flatMap((activation) => [dense(5), l.activation({ activation })]),
  ),
  trial(
    'averagePooling1d',
    sequence,
    after(conv1d, () => l.averagePooling1d({ poolSize: 2, strides: 3 })),
  ),
  trial(
    'averagePooling2d',
    image,
    after(conv, () => l.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })),
  ),
  trial(
    'averagePooling3d',
    volume,
    after(conv3d, () => l.averagePooling3d({ poolSize: 2, padding: 'same' })),
  ),
  trial(
    'alphaDropout',
    [5],
    after(dense, () => l.alphaDropout({ rate: 0 })),
  ),
  trial(
    'batchNormalization',
    image,
    after(conv, () => l.batchNormalization()),
  ),
  trial('bidirectional', sequence, () => [
    l.bidirectional({
      layer: l.lstm({ units: 3, returnSequences: true, ...recurrent }) as tf.RNN,
      mergeMode: 'concat',
    }),
  ]),
  trial('conv1d', sequence, () => [
    l.conv1d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same', ...kernel }),
    l.conv1d({ filters: 3, kernelSize: 2, ...kernel }),
    l.conv1d({ filters: 3, kernelSize: 1, strides: 2, padding: 'same', ...kernel }),
  ]),
  trial('conv2d', image, () => [
    conv(),
    l.conv2d({ filters: 17, kernelSize: [2, 3], strides: [1, 2], activation: 'relu', ...kernel }),
    l.conv2d({ filters: 5, kernelSize: 1, strides: 2, padding: 'same', useBias: false, ...kernel }),
    l.conv2d({
      filters: 5,
      kernelSize: [1, 2],
      strides: 3,
      padding: 'same',
      dataFormat: 'channelsFirst',
      ...kernel,
    }),
  ]),
  trial('conv2dTranspose', [3, 4, 3], () => [
    l.conv2dTranspose({ filters: 5, kernelSize: 3, strides: 2, padding: 'same', ...kernel }),
    l.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 3, ...kernel }),
  ]),
  trial('conv3d', volume, () => [
    conv3d(),
    l.conv3d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', ...kernel }),
  ]),
  trial('convLstm2d', [3, 5, 4, 2], () => [
    l.convLstm2d({ filters: 3, kernelSize: 3, padding: 'same', ...recurrent }) as unknown as Layer,
  ]),
  trial(
    'cropping2D',
    image,
    after(conv, () =>
      l.cropping2D({
        cropping: [
          [1, 0],
          [2, 1],
        ],
      }),
    ),
  ),
  trial('dense', [5], () => [l.dense({ units: 9, activation: 'tanh', ...kernel }), dense()]),
  trial('depthwiseConv2d', image, () => [
    l.depthwiseConv2d({ kernelSize: 3, padding: 'same', ...depthwise }),
    l.depthwiseConv2d({ kernelSize: [2, 3], strides: 2, depthMultiplier: 3, ...depthwise }),
  ]),
  trial(
    'dropout',
    [5],
    after(dense, () => l.dropout({ rate: 0 })),
  ),
  trial(
    'elu',
    [5],
    after(dense, () => l.elu()),
  ),
  trial(
    'embedding',
    [6],
    () => [l.embedding({ inputDim: 7, outputDim: 5, embeddingsInitializer: init(1) })],
    {
      vocabulary: 7,
    },
  ),
  trial(
    'flatten',
    image,
    after(conv, () => l.flatten()),
  ),
  trial(
    'gaussianDropout',
    [5],
    after(dense, () => l.gaussianDropout({ rate: 0 })),
  ),
  trial(
    'gaussianNoise',
    [5],
    after(dense, () => l.gaussianNoise({ stddev: 0 })),
  ),
  trial(
    'globalAveragePooling1d',
    sequence,
    after(conv1d, () => l.globalAveragePooling1d({})),
  ),
  trial(
    'globalAveragePooling2d',
    image,
    after(conv, () => l.globalAveragePooling2d({})),
  ),
  trial(
    'globalMaxPooling1d',
    sequence,
    after(conv1d, () => l.globalMaxPooling1d({})),
  ),
  trial(
    'globalMaxPooling2d',
    image,
    after(conv, () => l.globalMaxPooling2d({})),
  ),
  trial('gru', sequence, () => [l.gru({ units: 5, ...recurrent })]),
  trial(
    'layerNormalization',
    image,
    after(conv, () => l.layerNormalization()),
  ),
  trial(
    'leakyReLU',
    [5],
    after(dense, () => l.leakyReLU({ alpha: 0.2 })),
  ),
  trial('lstm', sequence, () => [l.lstm({ units: 5, ...recurrent })]),
  trial('masking', sequence, () => [l.masking({ maskValue: 0 }), l.lstm({ units: 3, ...recurrent })], {
    vocabulary: 2,
  }),
  trial(
    'maxPooling1d',
    sequence,
    after(conv1d, () => l.maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' })),
  ),
  trial('maxPooling2d', image, () => [
    l.conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', ...kernel }),
    l.maxPooling2d({ poolSize: [2, 3], strides: 1 }),
    l.maxPooling2d({ poolSize: 1, strides: 2 }),
  ]),
  trial('maxPooling3d', volume, () => [
    l.conv3d({ filters: 3, kernelSize: 2, padding: 'same', activation: 'relu', ...kernel }),
    l.maxPooling3d({ poolSize: 2, padding: 'same' }),
  ]),
  trial(
    'permute',
    sequence,
    after(conv1d, () => l.permute({ dims: [2, 1] }), dense),
  ),
  trial('prelu', image, () => [
    conv(),
    l.prelu({ alphaInitializer: init(4) }),
    l.prelu({ alphaInitializer: init(5), sharedAxes: [1, 2] }),
    l.prelu({ alphaInitializer: init(6), sharedAxes: [3] }),
  ]),
  trial(
    'reLU',
    [5],
    after(dense, () => l.reLU({ maxValue: 1 })),
  ),
  trial(
    'repeatVector',
    [5],
    after(dense, () => l.repeatVector({ n: 3 }), dense),
  ),
  trial(
    'rescaling',
    [5],
    after(dense, () => l.rescaling({ scale: 2, offset: 1 })),
  ),
  trial(
    'reshape',
    sequence,
    after(conv1d, () => l.reshape({ targetShape: [4, 6] }), dense),
  ),
  trial('rnn', sequence, () => [
    l.rnn({
      cell: [l.gruCell({ units: 3, ...recurrent }), l.lstmCell({ units: 4, ...recurrent })] as never,
    }),
  ]),
  trial('separableConv2d', image, () => [
    l.separableConv2d({
      filters: 5,
      kernelSize: 3,
      depthMultiplier: 2,
      padding: 'same',
      ...depthwise,
      pointwiseInitializer: init(1),
    }),
  ]),
  trial('simpleRNN', sequence, () => [l.simpleRNN({ units: 5, ...recurrent })]),
  trial(
    'softmax',
    [5],
    after(dense, () => l.softmax()),
  ),
  trial(
    'spatialDropout1d',
    sequence,
    after(conv1d, () => l.spatialDropout1d({ rate: 0 })),
  ),
  trial('timeDistributed', [3, 6, 5, 2], () => [
    l.timeDistributed({ layer: l.conv2d({ filters: 3, kernelSize: 3, ...kernel }) }),
  ]),
  // tfjs's cpu backend gives the second image of a batch the gradient of the first.
  trial(
    'upSampling2d',
    image,
    after(conv, () => l.upSampling2d({ size: [2, 3] })),
    { batch: 1 },
  ),
  trial(
    'zeroPadding2d',
    image,
    after(conv, () =>
      l.zeroPadding2d({
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
    ),
  ),
];

/** Layers that put two maps together: each between two convolutions of the input. */
export const merges: Readonly<Record<string, () => Layer>> = {
  add: () => l.add(),
  average: () => l.average(),
  concatenate: () => l.concatenate(),
  dot: () => l.dot({ axes: 2 }),
  maximum: () => l.maximum(),
  minimum: () => l.minimum(),
  multiply: () => l.multiply(),
};

/** Second names, what is no layer to call, and layers through which tfjs has no gradient on any backend. */
export const withoutGradient = [
  'Layer',
  'RNN',
  'RNNCell',
  'avgPool1d',
  'avgPool2d',
  'avgPool3d',
  'avgPooling1d',
  'avgPooling2d',
  'avgPooling3d',
  'categoryEncoding',
  'centerCrop',
  'conv3dTranspose',
  'resizing',
  'convLstm2dCell',
  'globalMaxPool1d',
  'globalMaxPool2d',
  'gruCell',
  'input',
  'inputLayer',
  'lstmCell',
  'maxPool1d',
  'maxPool2d',
  'randomWidth',
  'simpleRNNCell',
  'stackedRNNCells',
  'thresholdedReLU',
] as const;
