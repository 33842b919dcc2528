import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  avgPool,
  batchNormInference,
  batchNormTrain,
  conv2d,
  crossEntropy,
  depthwiseConv2d,
  maxPool,
  pointwiseConv2d,
  weightedSum,
} from '../../../src/kernels';
import { leavesNoTensors } from '../../support/memory';

const map = (channels = 4) => tf.zeros<tf.Rank.R4>([2, 5, 5, channels]);
const filter = (...shape: [number, number, number, number]) => tf.zeros<tf.Rank.R4>(shape);
const vector = (n: number) => tf.zeros<tf.Rank.R1>([n]);
const flat = () => tf.zeros([2, 3]) as never;

const refusals: readonly [what: string, call: () => unknown, error: Error][] = [
  [
    'conv2d of other channels',
    () => conv2d(map(4), filter(3, 3, 3, 8)),
    new TypeError(
      'conv2d: the filter must be [h, w, 4, filters] for maps [2,5,5,4], got [3, 3, 3, 8]; match the channels',
    ),
  ],
  [
    'conv2d of a matrix',
    () => conv2d(flat(), filter(3, 3, 3, 8)),
    new TypeError('conv2d: x must be a batch of maps [N, H, W, C], got [2, 3]; reshape it to rank 4'),
  ],
  [
    'conv2d with stride 0',
    () => conv2d(map(), filter(3, 3, 4, 8), { stride: 0 }),
    new RangeError('conv2d: stride must be a whole number from 1 to 32768, got 0; correct it'),
  ],
  [
    'conv2d with an even kernel',
    () => conv2d(map(), filter(2, 2, 4, 8)),
    new RangeError(
      'conv2d: padding must be a whole number from 0 to 32768, got 0.5; use an odd kernel, or give pad yourself',
    ),
  ],
  [
    'conv2d with a window larger than the map',
    () => conv2d(map(), filter(9, 9, 4, 8), { pad: 0 }),
    new RangeError(
      'conv2d: a 9x9 window does not fit the map, got [5, 5]; use a larger image or fewer reductions',
    ),
  ],
  [
    'depthwiseConv2d of other channels',
    () => depthwiseConv2d(map(4), filter(3, 3, 3, 1)),
    new TypeError(
      'depthwiseConv2d: the filter must be [h, w, 4, 1] for maps [2,5,5,4], got [3, 3, 3, 1]; give one filter a channel',
    ),
  ],
  [
    'depthwiseConv2d with a multiplier',
    () => depthwiseConv2d(map(4), filter(3, 3, 4, 2)),
    new TypeError(
      'depthwiseConv2d: the filter must be [h, w, 4, 1] for maps [2,5,5,4], got [3, 3, 4, 2]; give one filter a channel',
    ),
  ],
  [
    'depthwiseConv2d with dilation 1.5',
    () => depthwiseConv2d(map(4), filter(3, 3, 4, 1), { dilation: 1.5 }),
    new RangeError('depthwiseConv2d: dilation must be a whole number from 1 to 32768, got 1.5; correct it'),
  ],
  [
    'pointwiseConv2d with a window',
    () => pointwiseConv2d(map(4), filter(3, 3, 4, 8)),
    new TypeError(
      'pointwiseConv2d: the filter must be [1, 1, 4, filters] for maps [2,5,5,4], got [3, 3, 4, 8]; match the channels',
    ),
  ],
  [
    'pointwiseConv2d with a negative offset',
    () => pointwiseConv2d(map(4), filter(1, 1, 4, 8), { offset: -1 }),
    new RangeError(
      'pointwiseConv2d: offset must be a whole number from 0 to 32768, got -1; correct it or leave it out',
    ),
  ],
  [
    'maxPool of a matrix',
    () => maxPool(flat()),
    new TypeError('maxPool: x must be a batch of maps [N, H, W, C], got [2, 3]; reshape it to rank 4'),
  ],
  [
    'avgPool with an even window',
    () => avgPool(map(), { size: 2 }),
    new RangeError(
      'avgPool: padding must be a whole number from 0 to 32768, got 0.5; use an odd kernel, or give pad yourself',
    ),
  ],
  [
    'batchNormTrain with too short a scale',
    () => batchNormTrain(map(4), { scale: vector(3), offset: vector(4) }),
    new TypeError('batchNormTrain: scale must be [4], got [3]; give one number a channel'),
  ],
  [
    'batchNormInference with too long a variance',
    () => batchNormInference(map(4), vector(4), vector(5)),
    new TypeError('batchNormInference: variance must be [4], got [5]; give one number a channel'),
  ],
  [
    'weightedSum of more terms than weights',
    () => weightedSum(vector(2), [map(), map(), map()]),
    new TypeError(
      'weightedSum: the weights must be [3], one a term, and there must be one, got [2]; pass one weight a candidate',
    ),
  ],
  [
    'weightedSum of nothing',
    () => weightedSum(vector(0), []),
    new TypeError(
      'weightedSum: the weights must be [0], one a term, and there must be one, got [0]; pass one weight a candidate',
    ),
  ],
  [
    'weightedSum of unequal terms',
    () => weightedSum(vector(2), [map(4), map(5)]),
    new TypeError(
      'weightedSum: every term must have the shape [2,5,5,4] of the first, got [2, 5, 5, 5]; give all candidates of an edge the same stride and filters',
    ),
  ],
  [
    'crossEntropy of other batch sizes',
    () => crossEntropy(tf.zeros([3, 4]), tf.zeros([2], 'int32')),
    new TypeError(
      'crossEntropy: logits must be [N, classes] with two classes or more, and labels [N], got [[3, 4], [2]]; pass one class index an image',
    ),
  ],
  [
    'crossEntropy of one class',
    () => crossEntropy(tf.zeros([3, 1]), tf.zeros([3], 'int32')),
    new TypeError(
      'crossEntropy: logits must be [N, classes] with two classes or more, and labels [N], got [[3, 1], [3]]; pass one class index an image',
    ),
  ],
];

describe('kernels refuse, and leave no tensor behind:', () => {
  leavesNoTensors();

  it.each(refusals)('%s', (_, call, error) => {
    tf.engine().startScope();
    expect(call).toThrow(error);
    tf.engine().endScope();
  });
});
