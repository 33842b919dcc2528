import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../../errors';
import { asFloat, stockKernel, tensorOf } from './kernel';

/** Sums of the rows of x by segment: what becomes of the gradient of `tf.gather`, and so of an embedding. */
export const unsortedSegmentSum = stockKernel<'x' | 'segmentIds', tf.UnsortedSegmentSumAttrs>(
  tf.UnsortedSegmentSum,
  (module, { x, segmentIds }, { numSegments }) => {
    const [rows = 1, ...row] = x.shape;
    if (segmentIds.rank !== 1 || segmentIds.size !== rows) {
      throw rangeError(
        'unsortedSegmentSum',
        'there must be one segment a row',
        segmentIds.shape,
        `use [${rows}]`,
      );
    }
    const y = tensorOf(module.output([numSegments, ...row]));
    module.functions.segmentSum({
      x: module.address(asFloat(x)),
      segments: module.address(tf.cast(segmentIds, 'int32')),
      rows,
      n: tf.util.sizeFromShape(row),
      count: numSegments,
      y: module.address(y),
    });
    return y;
  },
);
