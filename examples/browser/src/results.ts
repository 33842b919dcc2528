import { create, element, picture, setText } from './page';
import type { ChartFigure, Download, EdgeFigure, Report } from './protocol';

type ReportOf<T extends Report['type']> = Extract<Report, { type: T }>;

const percent = (value: number) => `${value.toFixed(1)} %`;

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Shows one step: often, so it says nothing aloud. */
export function showStep(step: ReportOf<'step'>, epochs: number): void {
  setText('epoch', `${step.epoch + 1} / ${epochs}`);
  setText('loss', step.loss.toFixed(3));
  setText('pace', `about ${duration(step.secondsLeft)} left`);
  setText('speed', `${Math.round(step.imagesPerSecond)} images a second`);
  element<HTMLProgressElement>('progress').value = (step.epoch + step.step / step.steps) / epochs;
}

/** Shows the cells as they are. */
export function showCells({ normal, reduce, skipShare, skips }: ReportOf<'cells'>): void {
  for (const [id, svg] of Object.entries({ normal, reduce })) {
    const box = element(id);
    // Redrawing must not take a reader back to the left end.
    const { scrollLeft } = box;
    box.replaceChildren(picture(svg));
    box.scrollLeft = scrollLeft;
  }
  setText('skip-share', percent(100 * skipShare));
  setText('skips', `${skips.normal} + ${skips.reduce}`);
}

function chart({ id, heading, svg, keys }: ChartFigure): HTMLElement {
  const names = keys.map(({ label, className }) => create('span', className, label));
  const caption = create('figcaption', '', create('span', '', heading), create('span', 'keys', ...names));
  const figure = create('figure', 'card chart', caption, picture(svg));
  figure.dataset.chart = id;
  return figure;
}

function edge({ heading, svg, row, column, kept }: EdgeFigure): HTMLElement {
  const caption = create('figcaption', '', create('span', '', heading), create('b', '', kept));
  const figure = create('figure', kept === '' ? 'card edge' : 'card edge kept', caption, picture(svg));
  figure.style.setProperty('--row', String(row + 1));
  figure.style.setProperty('--column', String(column + 1));
  return figure;
}

/** Hands a file to the visitor. */
export function saveFile({ name, type, content }: Download): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = create('a', '');
  link.href = address;
  link.download = name;
  link.click();
  // Some browsers read the address only after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

const NAMES: Readonly<Record<string, string>> = {
  'genotype.json': 'Genotype, JSON',
  'genotype.py.txt': 'Genotype, Python',
  'cells.svg': 'Cells, SVG',
  'history.json': 'History, JSON',
};

/** The buttons stay the same over the run, and with them the focus. */
const current = new Map<string, Download>();

function offer(downloads: readonly Download[]): void {
  const model = element('model');
  for (const download of downloads) {
    const { name } = download;
    if (!current.has(name)) {
      const button = create('button', '', NAMES[name] ?? name);
      button.type = 'button';
      button.dataset.file = name;
      button.addEventListener('click', () => saveFile(current.get(name)!));
      element('downloads').insertBefore(button, model);
    }
    current.set(name, download);
  }
}

/** Shows the epochs done. */
export function showEpoch(epoch: ReportOf<'epoch'>): void {
  const { epochs, done, trainLoss, validAccuracy, noise, charts, edges, python, downloads } = epoch;
  element('found').hidden = false;
  setText('epoch', `${done} / ${epochs}`);
  setText('loss', trainLoss.toFixed(3));
  setText('accuracy', validAccuracy === null ? '–' : percent(validAccuracy));
  setText('noise-level', noise.toFixed(2));
  element<HTMLProgressElement>('progress').value = done / epochs;
  element('curves').replaceChildren(...charts.map(chart));
  element('edges-normal').replaceChildren(...edges.normal.map(edge));
  element('edges-reduce').replaceChildren(...edges.reduce.map(edge));
  setText('python', python);
  offer(downloads);
}

/** Takes the style sheet of the drawings in, and shows which line of the charts is which operation. */
export function showLook({ style, legend }: ReportOf<'look'>): void {
  const sheet = document.createElement('style');
  sheet.textContent = style;
  document.head.append(sheet);
  element('legend').replaceChildren(...legend.map(({ label, svg }) => create('li', '', picture(svg), label)));
}

/** Takes the numbers and curves of an earlier run away. */
export function clearResults(): void {
  for (const id of ['epoch', 'loss', 'accuracy', 'skip-share', 'skips', 'noise-level', 'speed'])
    setText(id, '–');
  element<HTMLProgressElement>('progress').value = 0;
  element('found').hidden = true;
}

/** Shows what the run holds in memory. */
export function showMemory({ tensors, bytes }: ReportOf<'memory'>): void {
  setText('tensors', String(tensors));
  setText('bytes', `${(bytes / 1e6).toFixed(1)} MB`);
}
