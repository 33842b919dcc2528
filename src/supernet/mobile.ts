import * as tf from '@tensorflow/tfjs-core';
import {
  type CallOptions,
  Classifier,
  ConvBN,
  Identity,
  InvertedBottleneck,
  type MapShape,
  type MixedOp,
  SeparableBottleneck,
} from '../layers';
import { mixedEdge } from '../layers/noisy-mixed-op';
import { onMaps } from '../layers/signals';
import { type MobileSpace, mobileCandidates } from '../spaces';
import { mobileOperation } from '../spaces/mobile';
import { type CommonSupernetOptions, requireSupernetOptions } from './options';
import { Supernet } from './supernet';

/** Options of {@link createSupernet} for a mobile space. All sizes are the space's. */
export type MobileSupernetOptions<P extends string = string> = CommonSupernetOptions<MobileSpace<P>>;

/**
 * The supernet of a mobile space: stem, a separable block, layers that mix inverted bottlenecks (and a skip connection
 * where size and channels stay), a 1x1 convolution, classifier. Every layer has an alpha of its own, [1, candidates].
 *
 * `mobileArchitecture` turns what it decodes to into a network.
 */
export class MobileSupernet<P extends string = string> extends Supernet<MobileSpace<P>> {
  static className = 'NoisyDartsMobileSupernet';
  readonly stem: ConvBN;
  readonly first: SeparableBottleneck;
  /** The searched layers. */
  readonly layers: readonly MixedOp<P>[];
  readonly head: ConvBN;
  readonly classifier: Classifier;

  constructor(options: MobileSupernetOptions<P>) {
    const given = requireSupernetOptions('MobileSupernet', options, 'mobile');
    const { space, classes = 10, skipDropPath = 0 } = given;
    const candidates = mobileCandidates(space);
    super(options, {
      cellTypes: candidates.map((_, i) => `layer_${i}` as const),
      channels: null,
      own: {},
    });
    const { squeezeRatio, activation } = space;
    this.stem = new ConvBN({ ...this.seeded('stem'), filters: space.stem, stride: 2, activation: 'relu' });
    this.first = new SeparableBottleneck({ ...this.seeded('first'), filters: space.first });
    this.layers = candidates.map((primitives, i) => {
      const name = `layer_${i}`;
      const { filters, stride } = space.layers[i]!;
      const operation = (primitive: P) => {
        if (primitive === 'skip_connect') return new Identity({ name: primitive });
        return new InvertedBottleneck({
          ...this.seeded(`${name}/${primitive}`),
          name: primitive,
          filters,
          stride,
          squeezeRatio,
          ...mobileOperation(primitive),
          activation,
        });
      };
      const common = {
        ...this.seeded(name),
        candidates: Object.fromEntries(
          primitives.map((primitive) => [primitive, operation(primitive)]),
        ) as Record<P, InvertedBottleneck | Identity>,
        stride,
        ownsAlpha: false,
        skipDropPath,
      };
      return mixedEdge<P>(common, this.noise[i]![0]);
    });
    this.head = new ConvBN({
      ...this.seeded('head'),
      filters: space.features,
      kernelSize: 1,
      activation: 'relu',
    });
    this.classifier = new Classifier({ ...this.seeded('classifier'), classes });
  }

  protected override buildLayers(images: MapShape): void {
    let shape = images;
    for (const layer of [this.stem, this.first, ...this.layers, this.head, this.classifier]) {
      shape = this.adopt(layer, shape);
    }
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor2D {
    return onMaps(this, inputs, (images) => {
      const passed = this.withMoment(options);
      const mixtures = this.passMixtures(passed);
      let x = this.first.call(this.stem.call(images, passed), passed);
      this.layers.forEach((layer, i) => {
        const mixture = mixtures[`layer_${i}`]!;
        x = this.runCell(layer, [x], { ...mixture, weights: tf.reshape(mixture.weights, [-1]) }, passed);
      });
      return this.classifier.call(this.head.call(x, passed));
    });
  }
}
