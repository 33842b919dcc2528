/** The page: listens, asks the network, shows its answer. */
import { type Classifier, loadClassifier } from '../../serve/classifier';
import { logMel, SHAPE } from '../features';
import { decode, listen } from './sound';

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const digit = element<HTMLOutputElement>('digit');
const seen = element<HTMLCanvasElement>('seen');
const status = element('status');
const button = element<HTMLButtonElement>('listen');
const file = element<HTMLInputElement>('file');

const rows = Array.from({ length: 10 }, (_, value) => {
  const row = document.createElement('li');
  row.innerHTML = `<span>${value}</span><div class="bar"><i></i></div><span>–</span>`;
  element('classes').append(row);
  return row;
});

/** Recordings by their digit. */
const recordings = Object.entries(
  import.meta.glob<string>('../../data/spoken/*_speaker6_*.wav', {
    query: '?url',
    import: 'default',
    eager: true,
  }),
).map(([path, url]) => ({ digit: /(\d)_speaker/.exec(path)![1]!, url }));

/** The spectrum, low notes below, in the page's ink. */
function showSeen(spectrum: Float32Array): void {
  const [frames, bands] = SHAPE;
  const context = seen.getContext('2d')!;
  context.clearRect(0, 0, frames, bands);
  context.fillStyle = getComputedStyle(seen).color;
  spectrum.forEach((value, i) => {
    context.globalAlpha = Math.min(1, Math.max(0, (value + 1) / 3));
    context.fillRect(Math.floor(i / bands), bands - 1 - (i % bands), 1, 1);
  });
}

function answer(classifier: Classifier, samples: Float32Array): void {
  const started = performance.now();
  const spectrum = logMel(samples);
  const probabilities = classifier.classify(spectrum);
  const milliseconds = performance.now() - started;
  showSeen(spectrum);
  const best = probabilities.indexOf(Math.max(...probabilities));
  digit.textContent = String(best);
  rows.forEach((row, value) => {
    row.classList.toggle('best', value === best);
    row.querySelector('i')!.style.width = `${100 * probabilities[value]!}%`;
    row.lastElementChild!.textContent = `${(100 * probabilities[value]!).toFixed(1)} %`;
  });
  status.textContent = `Answered in ${milliseconds.toFixed(1)} ms by a network of ${classifier.weights.toLocaleString('en')} weights.`;
}

/** Says what went wrong, and leaves the page usable. */
async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  status.classList.remove('fault');
  try {
    await work();
  } catch (error) {
    status.classList.add('fault');
    status.textContent = `${what}: ${(error as Error).message}`;
  }
}

await attempt('The network does not load', async () => {
  const classifier = await loadClassifier(new URL('model.json', document.baseURI).href);
  for (const recording of recordings) {
    const play = document.createElement('button');
    play.type = 'button';
    play.textContent = recording.digit;
    play.addEventListener('click', () =>
      attempt('The recording does not play', async () => {
        void new Audio(recording.url).play().catch(() => {});
        const response = await fetch(recording.url);
        answer(classifier, await decode(await response.arrayBuffer()));
      }),
    );
    element('samples').append(play);
  }
  button.addEventListener('click', () =>
    attempt('The microphone does not listen', async () => {
      button.disabled = true;
      status.textContent = 'Listening …';
      try {
        answer(classifier, await listen());
      } finally {
        button.disabled = false;
      }
    }),
  );
  file.addEventListener('change', () =>
    attempt('The recording cannot be read', async () => {
      const [chosen] = file.files ?? [];
      if (chosen) answer(classifier, await decode(await chosen.arrayBuffer()));
    }),
  );
  button.disabled = false;
  file.disabled = false;
  status.textContent = `Ready: a network of ${classifier.weights.toLocaleString('en')} weights.`;
});
