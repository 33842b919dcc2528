import {
  type CellAlphas,
  drawCell,
  drawGenotype,
  drawMobile,
  drawModelGenotype,
  drawNasBench201Cell,
  type Genotype,
  genotypeToJson,
  genotypeToPython,
  genotypeWeights,
  type MobileGenotype,
  type ModelGenotype,
  type NasBench201Cell,
  nasBench201ToString,
} from '../../genotype';
import type { EpochRecord } from '../../search';
import type { AnySpace, DartsSpace, MobileSpace, ModelSpace, NasBench201Space } from '../../spaces';

/** A genotype in one notation. */
export interface GenotypeText {
  /** File it is kept in. */
  readonly file: string;
  /** Name of the notation. */
  readonly title: string;
  readonly text: string;
  /** Whether its lines are long. */
  readonly wrap: boolean;
}

/** A genotype as it is written and drawn. */
export interface GenotypeViews {
  readonly texts: readonly GenotypeText[];
  /** SVG texts by the files they are kept in. */
  readonly drawings: Readonly<Record<string, string>>;
  /** All of it in one SVG text. */
  readonly picture: string;
}

type Found = Pick<EpochRecord<AnySpace>, 'genotype' | 'alphas'>;

function dartsViews(space: DartsSpace, found: Found): GenotypeViews {
  const genotype = found.genotype as Genotype;
  const weights = genotypeWeights(space, genotype, found.alphas as CellAlphas, { from: 'weights' });
  return {
    texts: [
      { file: 'genotype.json', title: 'JSON', text: genotypeToJson(genotype), wrap: false },
      { file: 'genotype.py.txt', title: 'Python', text: `${genotypeToPython(genotype)}\n`, wrap: true },
    ],
    drawings: {
      'normal.svg': drawCell(genotype, 'normal', { weights: weights.normal }),
      'reduce.svg': drawCell(genotype, 'reduce', { weights: weights.reduce }),
    },
    picture: drawGenotype(genotype, { weights }),
  };
}

function nasBench201Views(space: NasBench201Space, { genotype }: Found): GenotypeViews {
  const cell = genotype as NasBench201Cell;
  const picture = drawNasBench201Cell(cell, { space });
  return {
    texts: [
      {
        file: 'genotype.txt',
        title: 'NAS-Bench-201',
        text: `${nasBench201ToString(cell, space)}\n`,
        wrap: true,
      },
    ],
    drawings: { 'cell.svg': picture },
    picture,
  };
}

function mobileViews(space: MobileSpace, { genotype }: Found): GenotypeViews {
  const network = genotype as MobileGenotype;
  const picture = drawMobile(network, { space });
  const text = `${JSON.stringify(network, null, 2)}\n`;
  return {
    texts: [{ file: 'genotype.json', title: 'JSON', text, wrap: false }],
    drawings: { 'layers.svg': picture },
    picture,
  };
}

function modelViews(_space: ModelSpace, { genotype }: Found): GenotypeViews {
  const picture = drawModelGenotype(genotype as ModelGenotype);
  const text = `${JSON.stringify(genotype, null, 2)}\n`;
  return {
    texts: [{ file: 'genotype.json', title: 'JSON', text, wrap: false }],
    drawings: { 'edges.svg': picture },
    picture,
  };
}

const views: { readonly [kind in AnySpace['kind']]: (space: never, found: Found) => GenotypeViews } = {
  darts: dartsViews,
  'nas-bench-201': nasBench201Views,
  mobile: mobileViews,
  model: modelViews,
};

/** How the genotype that a search has found is written and drawn, in a space of any kind. */
export function genotypeViews(space: AnySpace, found: Found): GenotypeViews {
  return views[space.kind](space as never, found);
}
