import type * as tf from '@tensorflow/tfjs-core';
import { type CallOptions, Cell, Classifier, type MapShape, type OfficialNames, Stem } from '../layers';
import { onMaps } from '../layers/signals';
import { alphaCandidates, type CellType, type DartsSpace, reductionCells } from '../spaces';
import { type CommonSupernetOptions, cellSupernetOptions } from './options';
import { Supernet } from './supernet';

/** Options of {@link createSupernet} for a DARTS-like space: `darts()`, `robustDarts('S1')`, `defineSpace(...)`. */
export interface DartsSupernetOptions<P extends string = string>
  extends CommonSupernetOptions<DartsSpace<P>> {
  /** Channels of the first cell; they double at every reduction. Default 16. */
  readonly channels?: number;
  /** Number of cells. Default 8. */
  readonly cells?: number;
}

/**
 * The supernet of a DARTS-like space: stem, cells whose edges mix all candidates, classifier. All normal cells share one
 * alpha and all reduction cells another.
 *
 * Source: paper, section 3; official code, model_search.py.
 */
export class DartsSupernet<P extends string = string> extends Supernet<DartsSpace<P>> {
  static className = 'NoisyDartsSupernet';
  readonly stem: Stem;
  readonly cells: readonly Cell<P>[];
  readonly classifier: Classifier;

  constructor(options: DartsSupernetOptions<P>) {
    const fn = 'DartsSupernet';
    const { space, channels, cells, classes, skipDropPath } = cellSupernetOptions(fn, options, 'darts', 8);
    const reductions = reductionCells(space, cells);
    const cellTypes = Array.from(
      { length: cells },
      (_, cell): CellType => (reductions.includes(cell) ? 'reduce' : 'normal'),
    );
    super(options, { cellTypes, channels, own: { channels, cells } });
    this.stem = new Stem({
      ...this.seeded('stem'),
      filters: channels * space.stemMultiplier,
    });
    const candidates = alphaCandidates(space);
    let filters = channels;
    this.cells = cellTypes.map((type, index) => {
      if (type === 'reduce') filters *= 2;
      return new Cell<P>({
        ...this.cellOptions(index, skipDropPath),
        filters,
        candidates: candidates[type],
        nodes: space.nodes,
        multiplier: space.multiplier,
        reduction: type === 'reduce',
        reductionPrev: cellTypes[index - 1] === 'reduce',
      });
    });
    this.classifier = new Classifier({ ...this.seeded('classifier'), classes });
  }

  protected override buildLayers(images: MapShape): void {
    let s0 = this.adopt(this.stem, images);
    let s1 = s0;
    for (const cell of this.cells) [s0, s1] = [s1, this.adopt(cell, [s0, s1])];
    this.adopt(this.classifier, s1);
  }

  override officialNames(): OfficialNames {
    return {
      'stem.': this.stem,
      ...Object.fromEntries(this.cells.map((cell, i) => [`cells.${i}.`, cell])),
      'classifier.': this.classifier,
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor2D {
    return onMaps(this, inputs, (images) => {
      const passed = this.withMoment(options);
      const mixtures = this.passMixtures(passed);
      let s0 = this.stem.call(images, passed);
      let s1 = s0;
      this.cells.forEach((cell, index) => {
        [s0, s1] = [s1, this.runCell(cell, [s0, s1], mixtures[this.cellTypes[index]!]!, passed)];
      });
      return this.classifier.call(s1);
    });
  }
}
