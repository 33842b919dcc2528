import { LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { checkOptions, type OptionKeys, rangeError, typeError } from '../../errors';
import { allOrNothing } from '../../layers/all-or-nothing';
import { featureExtractor, featureMaps } from '../../network';
import type { Seed } from '../../random';
import { type AnchorOptions, resolveAnchors } from '../boxes/anchors';
import { LevelHead } from './level-head';
import { MapConv } from './map-conv';

/** Options of {@link createDetector}. */
export interface DetectorOptions {
  /** A network with maps of strides 8, 16 and 32, for images whose sides are multiples of 32. The detector shares its layers. */
  readonly backbone: LayersModel;
  /** Number of classes. */
  readonly classes: number;
  /** Channels of the pyramid and the heads. Default 256. */
  readonly width?: number;
  /** Scales, ratios and size of the anchors; the strides are those of the pyramid. */
  readonly anchors?: Omit<AnchorOptions, 'strides'>;
  /** What the detector says of every anchor and class before it has learnt anything. Default 0.01. */
  readonly prior?: number;
  /** Seed of initial weights. Default 0. */
  readonly seed?: Seed;
}

/** A detector. */
export interface Detector {
  /**
   * Images [N, H, W, 3] to the classes' logits [N, anchors, classes] and the boxes' codes [N, anchors, 4]: a tf.LayersModel that
   * saves and loads.
   */
  readonly model: LayersModel;
  readonly classes: number;
  readonly anchors: Required<AnchorOptions>;
}

const KEYS = {
  backbone: true,
  classes: [1, 2 ** 14],
  width: [1, 2 ** 14],
  anchors: 'object',
  prior: 'share',
  seed: 'seed',
} satisfies OptionKeys<DetectorOptions>;

const STRIDES = [8, 16, 32];
const PYRAMID = [...STRIDES, 64, 128];

/**
 * RetinaNet on the maps of a backbone: a pyramid P3 to P7, from the maps of strides 8, 16 and 32 by 1x1 and 3x3 convolutions
 * with the coarser level added at twice its size, P6 and P7 by 3x3 convolutions of stride 2 on the backbone's last map and on
 * the ReLU of P6; two heads of four 3x3 convolutions, shared by all levels.
 *
 * @throws TypeError for a backbone that is no network of this library; RangeError if it lacks maps of these strides or its
 * sides are not multiples of 32.
 *
 * Source: Lin et al., "Focal Loss for Dense Object Detection", sections 3 and 4.
 */
export function createDetector(options: DetectorOptions): Detector {
  const fn = 'createDetector';
  checkOptions(fn, options, KEYS);
  const { backbone, classes, width = 256, prior = 0.01, seed = 0 } = options;
  checkOptions(fn, { classes }, { classes: [1, 2 ** 14] }, true);
  if (options.anchors && 'strides' in options.anchors)
    throw typeError(fn, 'the strides are those of the pyramid', options.anchors, 'leave them out');
  const anchors = { ...resolveAnchors(fn, options.anchors ?? {}), strides: PYRAMID };
  if (!(backbone instanceof LayersModel))
    throw typeError(fn, 'backbone must be a tf.LayersModel', backbone, 'pass what createNetwork() returns');
  if (!(prior > 0 && prior < 1))
    throw rangeError(fn, 'prior must lie between 0 and 1', prior, 'pass for example 0.01');
  const there = featureMaps(backbone).map(({ stride }) => stride);
  const missing = STRIDES.find((stride) => !there.includes(stride));
  const sides = backbone.inputs[0]!.shape.slice(1, 3);
  if (missing !== undefined)
    throw rangeError(fn, `the backbone must have a map of stride ${missing}`, there, 'use a deeper one');
  if (!sides.every((side) => side! % 32 === 0))
    throw rangeError(
      fn,
      'the sides of the images must be multiples of 32',
      sides,
      'create the backbone for such',
    );
  const taps = featureExtractor(backbone, STRIDES);
  return allOrNothing(() => {
    const convolve = (name: string, x: SymbolicTensor, more: object = {}) =>
      new MapConv({ name, seed: `${seed}/${name}`, filters: width, ...more }).apply(x) as SymbolicTensor;
    const maps = taps.outputs;
    const laterals: SymbolicTensor[] = [];
    for (let i = maps.length - 1; i >= 0; i--) {
      const lateral = convolve(`lateral_${i + 3}`, maps[i]!, { kernelSize: 1 });
      const above = laterals[0];
      if (!above) {
        laterals.unshift(lateral);
        continue;
      }
      const larger = layers.upSampling2d({ name: `larger_${i + 3}`, size: [2, 2] }).apply(above);
      const sum = layers.add({ name: `merged_${i + 3}` }).apply([lateral, larger as SymbolicTensor]);
      laterals.unshift(sum as SymbolicTensor);
    }
    const levels = laterals.map((map, i) => convolve(`pyramid_${i + 3}`, map));
    levels.push(convolve('pyramid_6', maps.at(-1)!, { stride: 2 }));
    levels.push(convolve('pyramid_7', levels.at(-1)!, { stride: 2, before: 'relu' }));
    const head = (name: string, values: number, more: object = {}) =>
      new LevelHead({
        name,
        seed: `${seed}/${name}`,
        filters: width,
        values,
        anchors,
        ...more,
      }).apply(levels) as SymbolicTensor;
    const outputs = [head('class_head', classes, { prior }), head('box_head', 4)];
    return { model: model({ inputs: taps.inputs, outputs }), classes, anchors };
  });
}

/**
 * A detector from its model, loaded from a file for one.
 *
 * @throws TypeError for a model without a detector's heads, such as one rewritten by `toStandardLayers`.
 */
export function detectorOf(model: LayersModel): Detector {
  const head = model instanceof LayersModel && model.layers.find((layer) => layer.name === 'class_head');
  if (!(head instanceof LevelHead))
    throw typeError('detectorOf', "the model must be a detector's", model, "pass createDetector()'s model");
  return { model, classes: head.values, anchors: head.anchors };
}

/** Refuses what is no detector. */
export function requireDetector(fn: string, detector: Detector): void {
  if (!(detector?.model instanceof LayersModel) || detector.model.outputs.length !== 2)
    throw typeError(fn, 'the detector must be one', detector, 'pass what createDetector() returns');
}
