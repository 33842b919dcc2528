import { type LayersModel, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { rangeError, requireList, typeError } from '../errors';
import { requireNetwork } from './require-network';

/** A map inside a network that users of other tasks can start from. */
export interface FeatureMap {
  /** Pixels of the image a pixel of the map. */
  readonly stride: number;
  /** Channels of the map. */
  readonly channels: number;
  /** Name of the layer that gives it. */
  readonly layer: string;
}

const BACKBONE = /^(stem|cell|block)(_\d+)?$/;

const outputOf = (network: LayersModel, layer: string) => network.getLayer(layer).output as SymbolicTensor;

/**
 * The deepest map of every stride of a network, the largest map first.
 *
 * @throws TypeError if the network is not one of this library or takes images of unknown size.
 */
export function featureMaps(network: LayersModel): FeatureMap[] {
  requireNetwork('featureMaps', network);
  const height = network.inputs[0]!.shape[1];
  const names = network.layers.map((layer) => layer.name).filter((name) => BACKBONE.test(name));
  if (height == null || names.length === 0) {
    throw typeError(
      'featureMaps',
      'the network must be one of this library, for images of a known size',
      network.layers.map((layer) => layer.name),
      'pass a network from createNetwork() or createMobileNetwork()',
    );
  }
  const byStride = new Map<number, FeatureMap>();
  for (const layer of names) {
    const { shape } = outputOf(network, layer);
    const [, side] = shape;
    const channels = shape.at(-1);
    // Rounded, because a halved odd side is rounded up.
    const stride = 2 ** Math.round(Math.log2(height / side!));
    byStride.set(stride, { stride, channels: channels!, layer });
  }
  return [...byStride.values()].sort((a, b) => a.stride - b.stride);
}

/**
 * A network's maps at several strides as a model of its own, for detection or segmentation: images [N, H, W, C] to one
 * map [N, H/stride, W/stride, channels] a stride. It shares its layers with the network.
 *
 * @param strides - Strides of the maps, in this order. Default: all of {@link featureMaps}.
 * @throws RangeError if the network has no map of a stride.
 */
export function featureExtractor(network: LayersModel, strides?: readonly number[]): LayersModel {
  const maps = featureMaps(network);
  const chosen = strides ?? maps.map(({ stride }) => stride);
  requireList('featureExtractor', 'strides', chosen, 'pass for example [8, 16]');
  const outputs = chosen.map((stride) => {
    const map = maps.find((candidate) => candidate.stride === stride);
    if (!map) {
      throw rangeError(
        'featureExtractor',
        `the network has maps of strides ${maps.map((candidate) => candidate.stride).join(', ')}`,
        stride,
        'choose among these',
      );
    }
    return outputOf(network, map.layer);
  });
  return model({ inputs: network.inputs, outputs });
}
