import {
  type DartsSpace,
  decodeGenotype,
  type EpochRecord,
  type Genotype,
  genotypeToJson,
  genotypeToPython,
  genotypeWeights,
  skipCount,
  skipShare,
} from 'noisydarts';
import { drawCell, drawGenotype } from 'noisydarts/genotype';
import type { AlphaWeights } from 'noisydarts/search';
import { operationLabel } from '../../../../src/genotype/drawing/operations';
import { themeStyle } from '../../../../src/genotype/drawing/theme';
// The charts of the reports that `noisydarts/node` writes. Nothing they import is Node's.
import { edgeCharts, primitiveStyles } from '../../../../src/node/report/alpha-charts';
import { chartStyle, chartSvg } from '../../../../src/node/report/chart';
import { trainingCharts } from '../../../../src/node/report/training-charts';
import type { ChartFigure, Download, EdgeFigure, Report, RunSettings } from '../protocol';

type Weights = AlphaWeights<DartsSpace>;

/** Charts of the page, of those a report has. */
const SHOWN = ['loss', 'accuracy', 'skip-share'];

/** What the edge weights stand for at this moment, or the genotype that a limit has put in its place. */
export function drawCells(
  space: DartsSpace,
  alphas: Weights,
  genotype: Genotype = decodeGenotype(space, alphas, { from: 'weights' }),
): Extract<Report, { type: 'cells' }> {
  const weights = genotypeWeights(space, genotype, alphas, { from: 'weights' });
  return {
    type: 'cells',
    normal: drawCell(genotype, 'normal', { title: '', weights: weights.normal }),
    reduce: drawCell(genotype, 'reduce', { title: '', weights: weights.reduce }),
    skipShare: skipShare([...alphas.normal, ...alphas.reduce], space.primitives),
    skips: skipCount(genotype),
  };
}

function downloads(genotype: Genotype, space: DartsSpace, alphas: Weights, history: readonly EpochRecord[]) {
  const weights = genotypeWeights(space, genotype, alphas, { from: 'weights' });
  const file = (name: string, type: string, content: string): Download => ({ name, type, content });
  return [
    file('genotype.json', 'application/json', genotypeToJson(genotype)),
    file('genotype.py.txt', 'text/plain', `${genotypeToPython(genotype)}\n`),
    file('cells.svg', 'image/svg+xml', drawGenotype(genotype, { weights })),
    file('history.json', 'application/json', `${JSON.stringify(history, null, 1)}\n`),
  ];
}

/** Everything that the page shows of the epochs done. */
export function drawHistory(
  space: DartsSpace,
  history: readonly EpochRecord[],
  { epochs, noise }: RunSettings,
  genotype = history.at(-1)!.genotype as Genotype,
): Extract<Report, { type: 'epoch' }> {
  const last = history.at(-1)!;
  const edges = edgeCharts(space, history, epochs, genotype);
  const ofCell = (name: string): EdgeFigure[] =>
    edges
      .filter(({ cell }) => cell === name)
      .map((chart) => ({
        heading: chart.edge.caption,
        svg: chartSvg(chart),
        row: chart.edge.row,
        column: chart.edge.column,
        kept: chart.kept === undefined ? '' : operationLabel(chart.kept),
      }));
  return {
    type: 'epoch',
    epochs,
    done: history.length,
    trainLoss: last.trainLoss,
    validAccuracy: last.validAccuracy,
    noise: noise * last.noiseRate,
    charts: trainingCharts(space, history, epochs)
      .filter(({ id }) => SHOWN.includes(id))
      .map(
        (chart): ChartFigure => ({
          id: chart.id,
          heading: chart.heading,
          svg: chartSvg(chart),
          keys: chart.lines.map(({ label, className }) => ({ label, className })),
        }),
      ),
    edges: { normal: ofCell('normal'), reduce: ofCell('reduce') },
    python: genotypeToPython(genotype),
    downloads: downloads(genotype, space, last.alphas as Weights, history),
  };
}

/** The style sheet of all drawings, and the operations of the space beside a line as the charts draw it. */
export function drawLook({ primitives }: DartsSpace): Extract<Report, { type: 'look' }> {
  const legend = [...primitiveStyles(primitives)].map(([primitive, { className, dash }]) => ({
    label: operationLabel(primitive),
    svg: `<svg class="nd-auto" width="26" height="8" aria-hidden="true"><g class="${className}"><path stroke-width="2.5" stroke-dasharray="${dash}" d="M2 4h22"/></g></svg>`,
  }));
  return { type: 'look', style: `${themeStyle('auto')}\n${chartStyle}`, legend };
}
