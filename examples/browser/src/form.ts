import { element } from './page';
import type { MeasureRequest, RunSettings } from './protocol';

const form = () => element<HTMLFormElement>('settings');

/** What the visitor has chosen; undefined if a field is wrong, which the browser then shows. */
export function readForm(): RunSettings | undefined {
  if (!form().reportValidity()) return undefined;
  const values = new FormData(form());
  const limit = values.get('limit') as string;
  return {
    data: values.get('data') as RunSettings['data'],
    noise: Number(values.get('noise')),
    epochs: Number(values.get('epochs')),
    seed: Number(values.get('seed')),
    backend: values.get('backend') as RunSettings['backend'],
    side: Number(values.get('side')),
    limit: limit === '' ? null : Number(limit),
  };
}

/** What the visitor wants measured; undefined if a field is wrong, which the browser then shows. */
export function readMeasuring(): MeasureRequest | undefined {
  const settings = readForm();
  if (!settings) return undefined;
  const { data, side, backend } = settings;
  return { data, side, backend, seconds: Number(element<HTMLInputElement>('seconds').value) };
}

/** Shows the settings of a run that was stored. */
export function fillForm(settings: RunSettings): void {
  for (const [name, value] of Object.entries(settings)) {
    const field = form().elements.namedItem(name);
    if (
      field instanceof RadioNodeList ||
      field instanceof HTMLInputElement ||
      field instanceof HTMLSelectElement
    ) {
      field.value = value === null ? '' : String(value);
    }
  }
  showChoices();
}

/** Makes the form fit what is chosen in it. */
export function showChoices(): void {
  const data = form().elements.namedItem('data') as RadioNodeList;
  element('folder').hidden = data.value !== 'folder';
  const noise = Number(element<HTMLInputElement>('noise').value);
  element('noise-value').textContent = noise.toFixed(2);
  element('noise-note').textContent =
    noise === 0
      ? 'No noise: plain DARTS.'
      : noise === 0.2
        ? 'The paper’s setting.'
        : noise < 0.2
          ? 'Less than the paper’s 0.20.'
          : 'More than the paper’s 0.20.';
}
