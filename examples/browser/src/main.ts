import { forgetTable, showDevices, showMeasuring, showTable } from './device';
import { chosenFiles, droppedFiles, type FoundFile, labelFiles } from './folder';
import { fillForm, readForm, readMeasuring, showChoices } from './form';
import { element, setText } from './page';
import type { LabelledFile, Report, Request, RunSettings, RunState } from './protocol';
import { clearResults, saveFile, showCells, showEpoch, showLook, showMemory, showStep } from './results';

const worker = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module' });
const ask = (request: Request) => worker.postMessage(request);

const primary = element<HTMLButtonElement>('primary');
const restart = element<HTMLButtonElement>('restart');
const measure = element<HTMLButtonElement>('measure');
const drop = element('drop');

let state: RunState = 'preparing';
let stored: RunSettings | undefined;
/** Epochs of the run in hand that are done. */
let done = 0;
let files: readonly LabelledFile[] = [];

const LABELS: Readonly<Record<RunState, string>> = {
  idle: 'Start search',
  preparing: 'Preparing',
  measuring: 'Stop measuring',
  running: 'Pause',
  pausing: 'Pausing',
  paused: 'Resume',
  done: 'Search again',
};

function showError(message: string): void {
  element('error').hidden = message === '';
  setText('error', message);
}

function begin(): void {
  const settings = readForm();
  if (!settings) return;
  showError('');
  const again = stored?.data === 'folder' && stored.side === settings.side;
  if (settings.data === 'folder' && files.length === 0 && !again) {
    showError(
      stored?.data === 'folder'
        ? 'Choose the folder again: its pictures were kept at another size.'
        : 'Choose a folder of pictures first, or search on the digits.',
    );
    element('files').focus();
    return;
  }
  clearResults();
  done = 0;
  ask({ type: 'start', settings, files });
  // The worker has them now, resized; restarting uses those.
  files = [];
}

function showState({ state: next, note, model }: Extract<Report, { type: 'state' }>): void {
  state = next;
  primary.textContent = LABELS[state];
  // Kept focusable while it waits: a disabled button would drop the keyboard's focus.
  const waiting = state === 'preparing' || state === 'pausing';
  primary.disabled = false;
  primary.setAttribute('aria-disabled', String(waiting));
  restart.disabled = !(state === 'running' || state === 'paused');
  measure.disabled = !(state === 'idle' || state === 'paused' || state === 'done');
  if (state !== 'measuring') element('measured').hidden = true;
  element<HTMLButtonElement>('model').disabled = !model;
  document.body.dataset.state = state;
  const texts: Readonly<Record<RunState, string>> = {
    idle: 'Ready. A search on the digits takes a minute or two.',
    preparing: note,
    measuring: 'Measuring what the operations take on this device',
    running: 'Searching',
    pausing: 'Pausing after this step',
    paused: `Paused${stored ? ` after ${done} of ${stored.epochs} epochs` : ''}. You may close the tab: the search is kept.`,
    done: 'Done: the genotype is below.',
  };
  setText('status', texts[state]);
  if (state !== 'running') setText('pace', '');
}

function showRun({ settings, images, backend }: Extract<Report, { type: 'run' }>): void {
  stored = settings;
  fillForm(settings);
  setText('images', images || '–');
  setText('runs-on', backend || '–');
  setText('noise-level', settings.noise.toFixed(2));
}

function showDone(message: Extract<Report, { type: 'epoch' }>): void {
  const { done: epoch, epochs, validAccuracy } = message;
  done = epoch;
  showEpoch(message);
  const accuracy = validAccuracy === null ? '' : `, accuracy ${validAccuracy.toFixed(1)} %`;
  setText('status', `Epoch ${epoch} of ${epochs} done${accuracy}`);
}

const receivers: { readonly [T in Report['type']]: (message: Extract<Report, { type: T }>) => void } = {
  state: showState,
  look: showLook,
  run: showRun,
  step: (message) => showStep(message, stored!.epochs),
  cells: showCells,
  epoch: showDone,
  measuring: showMeasuring,
  table: showTable,
  devices: showDevices,
  memory: showMemory,
  model: ({ download }) => saveFile(download),
  error: ({ message }) => showError(message),
};

async function take(found: FoundFile[] | Promise<FoundFile[]>): Promise<void> {
  showError('');
  try {
    files = labelFiles(await found);
    const classes = new Set(files.map(({ label }) => label)).size;
    setText('files-note', `${files.length} pictures in ${classes} classes. They stay in this browser.`);
  } catch (error) {
    files = [];
    setText('files-note', 'One subfolder for each class. Your pictures stay in this browser.');
    showError((error as Error).message);
  }
}

primary.addEventListener('click', () => {
  if (state === 'idle' || state === 'done') begin();
  if (state === 'running' || state === 'measuring') ask({ type: 'pause' });
  if (state === 'paused') {
    showError('');
    ask({ type: 'resume' });
  }
});
restart.addEventListener('click', begin);
measure.addEventListener('click', () => {
  const request = readMeasuring();
  if (!request) return;
  showError('');
  ask({ type: 'measure', request });
});
element('compare').addEventListener('click', () => {
  element<HTMLInputElement>('limit').value = '';
  begin();
});
/** The table is of images of one size and of one backend. */
for (const name of ['data', 'side', 'backend'])
  for (const field of document.querySelectorAll(`[name=${name}]`))
    field.addEventListener('change', forgetTable);
element('settings').addEventListener('input', showChoices);
element('settings').addEventListener('submit', (event) => event.preventDefault());
element('model').addEventListener('click', () => ask({ type: 'model' }));

const input = element<HTMLInputElement>('files');
input.addEventListener('change', () => void take(chosenFiles(input)));
drop.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  if (event.dataTransfer) void take(droppedFiles(event.dataTransfer));
});

for (const radio of document.querySelectorAll<HTMLInputElement>('input[name=cell]')) {
  radio.addEventListener('change', () => {
    for (const cell of ['normal', 'reduce']) element(`edges-${cell}`).hidden = cell !== radio.value;
  });
}

worker.addEventListener('message', ({ data }: MessageEvent<Report>) => receivers[data.type](data as never));
worker.addEventListener('error', ({ message }) =>
  showError(`The search could not start: ${message}. Reload the page.`),
);
showChoices();
ask({ type: 'restore' });
