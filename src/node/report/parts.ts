import type { ChartLine } from './chart';
import { escapeText } from './text';

/** A number on a card, with its name above it and a note below. */
export const tile = (label: string, value: string, note: string): string =>
  `<div class="card"><dt>${label}</dt><dd>${value}<small>${note}</small></dd></div>`;

/** Which line of a chart is which; nothing for one line. */
export function chartKeys(lines: readonly Pick<ChartLine, 'label' | 'className'>[]): string {
  const keys = lines.map(({ label, className }) => {
    const colour = className === 'series-valid' ? '--valid' : '--train';
    return `<span style="--key:var(${colour})">${escapeText(label)}</span>`;
  });
  return keys.length > 1 ? `<span class="keys">${keys.join('')}</span>` : '';
}
