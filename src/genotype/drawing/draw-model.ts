import { checkOptions, typeError } from '../../errors';
import { keptOperations } from '../operations';
import type { ModelGenotype } from '../types';
import { textWidth } from './columns';
import type { DrawOptions } from './draw';
import { operationLabel } from './operations';
import { escapeXml, type Picture, svgDocument } from './render';
import { BOX, operationBox, ROW } from './rows';
import { FONT, LABEL_PADDING, PILL_HEIGHT, TITLE_FONT, TITLE_HEIGHT } from './sizes';
import { requireTheme } from './theme';

/**
 * Draws what a search in a model of one's own found as a self-contained SVG text: one row an edge, in the order of the
 * genotype, its operation coloured by its family. The same arguments always give the same text.
 *
 * @throws TypeError for what is no genotype of a model.
 */
export function drawModelGenotype(genotype: ModelGenotype, options: DrawOptions = {}): string {
  const { title, theme = 'auto' } = checkOptions('drawModelGenotype', options, {
    title: 'text',
    theme: true,
  });
  requireTheme('drawModelGenotype', theme);
  if (!keptOperations(genotype).edges)
    throw typeError(
      'drawModelGenotype',
      'the genotype must be operations by edge',
      genotype,
      'pass that of a model',
    );
  const edges = Object.entries(genotype);
  const heading = title ?? 'Edges';
  const top = heading === '' ? 0 : TITLE_HEIGHT;
  const names = Math.max(...edges.map(([name]) => textWidth(name, FONT))) + LABEL_PADDING;
  const box = Math.max(BOX, ...edges.map(([, op]) => textWidth(operationLabel(op), FONT) + LABEL_PADDING));
  const rows = edges.map(([name, op], i) => {
    const y = top + i * ROW;
    return `<text x="${names / 2 - LABEL_PADDING / 4}" y="${y + PILL_HEIGHT / 2 + FONT / 3}">${escapeXml(name)}</text>${operationBox(op, names, y, box)}`;
  });
  const caption =
    heading === '' ? [] : [`<text class="nd-title" x="0" y="${TITLE_FONT}">${escapeXml(heading)}</text>`];
  const picture: Picture = {
    width: names + box,
    height: top + edges.length * ROW - (ROW - PILL_HEIGHT),
    title: heading,
    description: `${edges.map(([name, op]) => `${name} is ${operationLabel(op)}`).join(', ')}.`,
    body: [...caption, ...rows].join('\n'),
  };
  return svgDocument([picture], { title: heading || 'Edges of a model', theme, direction: 'column' });
}
