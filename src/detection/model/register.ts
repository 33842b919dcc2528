import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { registerClasses } from '../../layers/register';
import { defineStandard, defineWork } from '../../network';
import { LevelHead } from './level-head';
import { MapConv } from './map-conv';

/** A convolution as a function of stock layers, which may be applied to several maps. */
function stockConv(layer: MapConv, name: string): (x: SymbolicTensor, level?: string) => SymbolicTensor {
  const { filters, kernelSize, stride, activation, before } = layer;
  const convolution = layers.conv2d({
    name,
    filters,
    kernelSize,
    strides: stride,
    padding: stride === 1 ? 'same' : 'valid',
    activation,
  });
  const half = (kernelSize - 1) / 2;
  let weighted = false;
  return (x, level = '') => {
    const taken = before === 'relu' ? layers.reLU({ name: `${name}_before${level}` }).apply(x) : x;
    const padded =
      stride === 1
        ? taken
        : layers
            .zeroPadding2d({
              name: `${name}_pad${level}`,
              padding: [
                [half, half],
                [half, half],
              ],
            })
            .apply(taken);
    const y = convolution.apply(padded) as SymbolicTensor;
    if (!weighted) convolution.setWeights(layer.getWeights());
    weighted = true;
    return y;
  };
}

/** Makes the layers of detectors known to tfjs, to the counter and to `toStandardLayers`. */
export function registerDetectionLayers(): void {
  registerClasses({ LevelHead, MapConv });
  for (const merging of [layers.upSampling2d({}), layers.add()])
    defineWork(merging.constructor as never, () => ({}));
  defineStandard(MapConv, (layer, { name, inputs: [x] }) => stockConv(layer, name)(x!));
  defineStandard(LevelHead, (layer, { name, inputs }) => {
    const convolutions = layer.convolutions.map((part) => stockConv(part, `${name}_${part.name}`));
    const maps = inputs.map((map, level) => {
      const y = convolutions.reduce((at, convolve) => convolve(at, `_${level}`), map);
      const [, height, width, channels] = y.shape as number[];
      return layers
        .reshape({
          name: `${name}_level_${level}`,
          targetShape: [(height! * width! * channels!) / layer.values, layer.values],
        })
        .apply(y) as SymbolicTensor;
    });
    return layers.concatenate({ name, axis: 1 }).apply(maps) as SymbolicTensor;
  });
}
