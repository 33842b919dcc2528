import { operationFamily, operationLabel } from './operations';
import { escapeXml } from './render';
import { FONT, PILL_HEIGHT, PILL_RADIUS } from './sizes';

/** Width of an operation's box, where all have the same. */
export const BOX = 104;
/** Distance between the rows of boxes. */
export const ROW: number = PILL_HEIGHT + 12;

/** The box of an operation, in the colour of its family, its upper left corner at a point. */
export function operationBox(primitive: string, x: number, y: number, width = BOX): string {
  return `<g class="nd-${operationFamily(primitive)}" transform="translate(${x} ${y})"><rect width="${width}" height="${PILL_HEIGHT}" rx="${PILL_RADIUS}"/><text x="${width / 2}" y="${PILL_HEIGHT / 2 + FONT / 3}">${escapeXml(operationLabel(primitive))}</text></g>`;
}
