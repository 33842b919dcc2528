import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../errors';
import { type CallOptions, Cell, Classifier, type MapShape, type OfficialNames, Stem } from '../layers';
import { after, type Footprint, footprint } from '../layers/footprint';
import { singleInput, singleShape } from '../layers/noisy-darts-layer';
import { numbers } from '../layers/work';
import { alphaCandidates, type CellType, type DartsSpace, reductionCells } from '../spaces';
import { requireSpace } from '../spaces/edges';
import { cellFootprints } from './memory/cell';
import { type CommonSupernetOptions, checkSizes } from './options';
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
    const {
      space,
      channels = 16,
      cells = 8,
      classes = 10,
      skipDropPath = 0,
    } = requireOptions('DartsSupernet', options);
    requireSpace('DartsSupernet', space, 'darts');
    checkSizes({ channels, cells, classes });
    const reductions = reductionCells(space, cells);
    const cellTypes = Array.from(
      { length: cells },
      (_, cell): CellType => (reductions.includes(cell) ? 'reduce' : 'normal'),
    );
    super(options, { cellTypes, channels, own: { channels, cells } });
    this.stem = new Stem({
      name: 'stem',
      seed: this.childSeed('stem'),
      filters: channels * space.stemMultiplier,
    });
    const candidates = alphaCandidates(space);
    let filters = channels;
    this.cells = cellTypes.map((type, index) => {
      if (type === 'reduce') filters *= 2;
      const name = `cell_${index}`;
      return new Cell<P>({
        name,
        seed: this.childSeed(name),
        filters,
        candidates: candidates[type],
        nodes: space.nodes,
        multiplier: space.multiplier,
        reduction: type === 'reduce',
        reductionPrev: cellTypes[index - 1] === 'reduce',
        noise: this.noise[index]!,
        skipDropPath,
        channelShare: this.channelShare,
        ownsAlpha: false,
      });
    });
    this.classifier = new Classifier({ name: 'classifier', seed: this.childSeed('classifier'), classes });
  }

  override build(inputShape: unknown): void {
    this.buildAlphas();
    let s0 = this.adopt(this.stem, singleShape(inputShape));
    let s1 = s0;
    for (const cell of this.cells) [s0, s1] = [s1, this.adopt(cell, [s0, s1])];
    this.adopt(this.classifier, s1);
    this.built = true;
  }

  override footprints(image: MapShape): readonly Footprint[] {
    let s0 = after(this.stem, image);
    let s1 = s0;
    const parts = [this.stem.footprint(image), footprint({ kept: numbers(s0) })];
    for (const cell of this.cells) {
      const inputs = [s0, s1] as const;
      const output = cell.computeOutputShape(inputs);
      parts.push(...this.cellParts(cellFootprints(cell, inputs, this.edgePass), inputs, output));
      [s0, s1] = [s1, output];
    }
    return [...parts, this.classifier.footprint(s1)];
  }

  override officialNames(): OfficialNames {
    return {
      'stem.': this.stem,
      ...Object.fromEntries(this.cells.map((cell, i) => [`cells.${i}.`, cell])),
      'classifier.': this.classifier,
    };
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor2D {
    return tf.tidy(() => {
      const passed = this.withMoment(options);
      const mixtures = this.passMixtures(passed);
      let s0 = this.stem.call(singleInput(this, inputs), passed);
      let s1 = s0;
      this.cells.forEach((cell, index) => {
        [s0, s1] = [s1, this.runCell(cell, [s0, s1], mixtures[this.cellTypes[index]!]!, passed)];
      });
      return this.classifier.call(s1);
    });
  }
}
