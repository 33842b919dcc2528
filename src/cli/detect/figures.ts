import type { DetectionFigures } from 'noisydarts/detection';

/** A figure in percent; -1 stands for nothing to find. */
export const percent = (figure: number): string => (figure < 0 ? '–' : (100 * figure).toFixed(1));

/** The twelve figures as lines, in percent. */
export const figureLines = (figures: DetectionFigures): string =>
  Object.entries(figures)
    .map(([name, figure]) => `${name.padEnd(9)}${percent(figure).padStart(6)}`)
    .join('\n');
