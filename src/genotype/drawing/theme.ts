import { rangeError } from '../../errors';
import type { Family } from './operations';
import { FONT, TITLE_FONT } from './sizes';

/** Whose colours: the reader's setting, or one of the two for good. */
export type DrawingTheme = 'auto' | 'light' | 'dark';

interface Colours {
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  readonly line: string;
  readonly state: string;
  /** Of each family: fill of a label, outline and lines, text. */
  readonly families: { readonly [family in Family]: readonly [fill: string, stroke: string, text: string] };
}

const LIGHT: Colours = {
  paper: '#ffffff',
  ink: '#1f2937',
  quiet: '#6b7280',
  line: '#b4bcc8',
  state: '#f1f5f9',
  families: {
    separable: ['#e4efff', '#3b82f6', '#1e4fa8'],
    dilated: ['#f0e9ff', '#8b5cf6', '#5b2fb8'],
    convolution: ['#dcf5f5', '#0d9aa5', '#0b5f68'],
    pooling: ['#fff1d8', '#e08a00', '#8a4b00'],
    skip: ['#dff6e6', '#16a34a', '#0f6331'],
    nothing: ['#f1f1f3', '#9ca3af', '#565d69'],
    other: ['#fde8f1', '#db2777', '#93184f'],
  },
};

const DARK: Colours = {
  paper: '#0f141b',
  ink: '#e6eaf0',
  quiet: '#98a2b3',
  line: '#56606f',
  state: '#1f2733',
  families: {
    separable: ['#14284a', '#5b9bff', '#b9d5ff'],
    dilated: ['#291d4d', '#a586ff', '#dccfff'],
    convolution: ['#0c333a', '#2bbcc8', '#aeeaf0'],
    pooling: ['#3b2806', '#f0a63a', '#ffdca6'],
    skip: ['#0f3320', '#3fc274', '#b5f0cb'],
    nothing: ['#23272f', '#7b8494', '#c3c9d3'],
    other: ['#42152d', '#f472b6', '#fbcfe4'],
  },
};

function rules(root: string, { paper, ink, quiet, line, state, families }: Colours): string {
  const list = [
    `${root} .nd-paper{fill:${paper}}`,
    `${root} .nd-state rect{fill:${state};stroke:${quiet}}`,
    `${root} .nd-trunk{stroke:${line}}`,
    `${root} .nd-fork{fill:${line}}`,
    `${root} text{fill:${ink}}`,
  ];
  for (const [family, [fill, stroke, text]] of Object.entries(families)) {
    list.push(
      `${root} .nd-${family} rect{fill:${fill};stroke:${stroke}}`,
      `${root} .nd-${family} path{stroke:${stroke}}`,
      `${root} .nd-${family} text{fill:${text}}`,
    );
  }
  return list.join('\n');
}

/**
 * The style sheet of a drawing. Its rules name the theme's class, so that drawings of several themes can stand in one
 * page without colouring each other.
 */
export function themeStyle(theme: DrawingTheme): string {
  const root = `.nd-${theme}`;
  const fixed = [
    `${root} text{font:500 ${FONT}px ui-sans-serif,system-ui,"Segoe UI",Helvetica,Arial,sans-serif;text-anchor:middle}`,
    `${root} .nd-title{font-size:${TITLE_FONT}px;font-weight:600;text-anchor:start}`,
    `${root} .nd-sub{font-size:9px}`,
    `${root} .nd-weight{font-weight:400;opacity:.75}`,
    `${root} path{fill:none;stroke-linecap:round}`,
  ].join('\n');
  if (theme !== 'auto') return `${fixed}\n${rules(root, theme === 'dark' ? DARK : LIGHT)}`;
  return `${fixed}\n${rules(root, LIGHT)}\n@media (prefers-color-scheme:dark){\n${rules(root, DARK)}\n}`;
}

/** Refuses what is no theme. */
export function requireTheme(fn: string, theme: DrawingTheme): void {
  if (theme !== 'auto' && theme !== 'light' && theme !== 'dark') {
    throw rangeError(fn, "theme must be 'auto', 'light' or 'dark'", theme, "leave it out for 'auto'");
  }
}
