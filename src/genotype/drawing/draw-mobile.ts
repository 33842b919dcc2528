import { checkOptions, rangeError } from '../../errors';
import { type MobileSpace, mobile } from '../../spaces';
import { requireSpace } from '../../spaces/edges';
import { keptOperations } from '../operations';
import type { MobileGenotype } from '../types';
import type { DrawOptions } from './draw';
import { operationLabel } from './operations';
import { escapeXml, type Picture, svgDocument } from './render';
import { BOX, operationBox, ROW } from './rows';
import { FONT, PILL_HEIGHT, TITLE_FONT, TITLE_HEIGHT } from './sizes';
import { requireTheme } from './theme';

/** Options of {@link drawMobile}. */
export interface DrawMobileOptions extends DrawOptions {
  /** The space of the network; it gives the layers their widths. Default `mobile()`. */
  readonly space?: MobileSpace;
}

const GAP = 8;
const HEADING = 92;

/** Layers that follow each other with equal width: the stages of the network. */
function stages({ layers }: MobileSpace): number[][] {
  const rows: number[][] = [];
  for (const [i, { filters, stride }] of layers.entries()) {
    if (i === 0 || stride > 1 || filters !== layers[i - 1]!.filters) rows.push([]);
    rows.at(-1)!.push(i);
  }
  return rows;
}

/**
 * Draws a network of a mobile space as a self-contained SVG text: one row a stage, from top to bottom, one box a layer,
 * coloured by the operation's family. The same arguments always give the same text.
 *
 * @throws RangeError if the genotype has another number of layers than the space.
 */
export function drawMobile(genotype: MobileGenotype, options: DrawMobileOptions = {}): string {
  const {
    title,
    theme = 'auto',
    space = mobile(),
  } = checkOptions('drawMobile', options, {
    title: 'text',
    theme: true,
    space: 'object',
  });
  requireTheme('drawMobile', theme);
  requireSpace('drawMobile', space, 'mobile');
  const { layers = [] } = keptOperations(genotype);
  if (layers.length !== space.layers.length) {
    throw rangeError(
      'drawMobile',
      `a network of ${space.name} has ${space.layers.length} layers`,
      layers.length,
      'pass its own space',
    );
  }
  const heading = title ?? 'Layers';
  const top = heading === '' ? 0 : TITLE_HEIGHT;
  const rows = stages(space);
  const parts = rows.flatMap((row, stage) => {
    const y = top + stage * ROW;
    const { filters, stride } = space.layers[row[0]!]!;
    const name = `${filters} channels${stride > 1 ? `, /${stride}` : ''}`;
    return [
      `<text x="${HEADING / 2 - GAP / 2}" y="${y + PILL_HEIGHT / 2 + FONT / 3}">${name}</text>`,
      ...row.map((layer, i) => operationBox(layers[layer]!, HEADING + i * (BOX + GAP), y)),
    ];
  });
  const caption =
    heading === '' ? [] : [`<text class="nd-title" x="0" y="${TITLE_FONT}">${escapeXml(heading)}</text>`];
  const picture: Picture = {
    width: HEADING + Math.max(...rows.map((row) => row.length)) * (BOX + GAP) - GAP,
    height: top + rows.length * ROW - (ROW - PILL_HEIGHT),
    title: heading,
    description: `Layers in order: ${layers.map(operationLabel).join(', ')}.`,
    body: [...caption, ...parts].join('\n'),
  };
  return svgDocument([picture], { title: heading || `Network of ${space.name}`, theme, direction: 'column' });
}
