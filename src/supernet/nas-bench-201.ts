import * as tf from '@tensorflow/tfjs-core';
import {
  BatchNorm,
  type CallOptions,
  Classifier,
  DenseCell,
  type MapShape,
  type OfficialNames,
  ResidualBlock,
  Stem,
} from '../layers';
import { onMaps } from '../layers/signals';
import type { NasBench201Space } from '../spaces';
import { type CommonSupernetOptions, cellSupernetOptions } from './options';
import { Supernet } from './supernet';

/** Options of {@link createSupernet} for a space of the NAS-Bench-201 kind. */
export interface NasBench201SupernetOptions<P extends string = string>
  extends CommonSupernetOptions<NasBench201Space<P>> {
  /** Channels of the first stage; they double from stage to stage. Default 16. */
  readonly channels?: number;
  /** Cells a stage. Default 5. */
  readonly cells?: number;
}

/**
 * The supernet of a space of the NAS-Bench-201 kind: stem, stages of equal cells with a fixed residual block of stride 2
 * between them, batch norm, ReLU, classifier. All cells share one alpha.
 *
 * The average pool has no batch norm behind it here, unlike in DARTS.
 *
 * Source: Dong and Yang 2020, "NAS-Bench-201", section 2; its code, search_model_darts.py.
 */
export class NasBench201Supernet<P extends string = string> extends Supernet<NasBench201Space<P>> {
  static className = 'NoisyDartsNasBench201Supernet';
  readonly stem: Stem;
  /** The searched cells and, between the stages, the residual blocks. */
  readonly blocks: readonly (DenseCell<P> | ResidualBlock)[];
  readonly norm: BatchNorm;
  readonly classifier: Classifier;

  constructor(options: NasBench201SupernetOptions<P>) {
    const fn = 'NasBench201Supernet';
    const own = cellSupernetOptions(fn, options, 'nas-bench-201', 5);
    const { space, channels, cells, classes, skipDropPath } = own;
    super(options, {
      cellTypes: Array.from({ length: cells * space.stages }, () => 'cell'),
      channels,
      own: { channels, cells },
    });
    this.stem = new Stem({ ...this.seeded('stem'), filters: channels });
    this.blocks = Array.from({ length: space.stages }, (_, stage) => {
      const filters = channels * 2 ** stage;
      const stack = Array.from({ length: cells }, (__, i) => {
        const index = stage * cells + i;
        return new DenseCell<P>({
          ...this.cellOptions(index, skipDropPath),
          filters,
          candidates: space.primitives,
          nodes: space.nodes,
        });
      });
      const reduction = new ResidualBlock({ ...this.seeded(`reduction_${stage}`), filters, stride: 2 });
      return stage === 0 ? stack : [reduction, ...stack];
    }).flat();
    this.norm = new BatchNorm({ name: 'norm' });
    this.classifier = new Classifier({ ...this.seeded('classifier'), classes });
  }

  protected override buildLayers(images: MapShape): void {
    let shape = this.adopt(this.stem, images);
    for (const block of this.blocks) shape = this.adopt(block, shape);
    this.adopt(this.classifier, this.adopt(this.norm, shape));
  }

  override officialNames(): OfficialNames {
    return {
      'stem.': this.stem,
      ...Object.fromEntries(this.blocks.map((block, i) => [`cells.${i}.`, block])),
      'lastact.0.': this.norm,
      'classifier.': this.classifier,
      arch_parameters: this.ownWeights[0],
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor2D {
    return onMaps(this, inputs, (images) => {
      const passed = this.withMoment(options);
      const { cell: mixture } = this.passMixtures(passed);
      let x = this.stem.call(images, passed);
      for (const block of this.blocks) {
        x =
          block instanceof DenseCell
            ? this.runCell(block, [x], mixture!, passed)
            : (block.call(x, passed) as tf.Tensor4D);
      }
      return this.classifier.call(tf.relu(this.norm.call(x, passed)));
    });
  }
}
