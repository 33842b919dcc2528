/** The page: draws, asks the network, shows its answer. */
import { type Classifier, loadClassifier } from './classifier';
import { createPad } from './pad';
import { rasterize, SIDE } from './strokes';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const digit = element<HTMLOutputElement>('digit');
const seen = element<HTMLCanvasElement>('seen');
const status = element('status');
const buttons = { undo: element<HTMLButtonElement>('undo'), clear: element<HTMLButtonElement>('clear') };

const rows = Array.from({ length: 10 }, (_, value) => {
  const row = document.createElement('li');
  row.innerHTML = `<span>${value}</span><div class="bar"><i></i></div><span>–</span>`;
  element('classes').append(row);
  return row;
});

let classifier: Classifier | undefined;
let due = false;
const pad = createPad(element<HTMLCanvasElement>('pad'), () => {
  const empty = pad.strokes.length === 0;
  element('hint').hidden = !empty;
  buttons.undo.disabled = empty;
  buttons.clear.disabled = empty;
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    answer();
  });
});
buttons.undo.addEventListener('click', () => pad.undo());
buttons.clear.addEventListener('click', () => pad.clear());

/** The image in the page's ink. */
function showSeen(image: Float32Array): void {
  const context = seen.getContext('2d')!;
  context.clearRect(0, 0, SIDE, SIDE);
  context.fillStyle = getComputedStyle(seen).color;
  image.forEach((value, i) => {
    context.globalAlpha = value;
    context.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
  });
}

function answer(): void {
  const image = rasterize(pad.strokes);
  showSeen(image);
  if (!classifier) return;
  if (pad.strokes.length === 0) {
    digit.innerHTML = '<span aria-hidden="true">–</span>';
    for (const row of rows) show(row, undefined, false);
    ready(classifier);
    return;
  }
  const started = performance.now();
  const probabilities = classifier.classify(image);
  const milliseconds = performance.now() - started;
  const best = probabilities.indexOf(Math.max(...probabilities));
  digit.textContent = String(best);
  rows.forEach((row, value) => {
    show(row, probabilities[value]!, value === best);
  });
  status.textContent = `Answered in ${milliseconds.toFixed(1)} ms by a network of ${classifier.weights.toLocaleString('en')} weights.`;
}

function show(row: HTMLElement, probability: number | undefined, best: boolean): void {
  row.classList.toggle('best', best);
  row.querySelector('i')!.style.width = `${100 * (probability ?? 0)}%`;
  row.lastElementChild!.textContent = probability === undefined ? '–' : `${(100 * probability).toFixed(1)} %`;
}

function ready({ weights }: Classifier): void {
  status.textContent = `Ready: a network of ${weights.toLocaleString('en')} weights.`;
}

try {
  classifier = await loadClassifier(new URL('model.json', document.baseURI).href);
  ready(classifier);
  if (pad.strokes.length > 0) answer();
} catch (error) {
  status.classList.add('fault');
  status.textContent = `The network does not load: ${(error as Error).message}`;
}
