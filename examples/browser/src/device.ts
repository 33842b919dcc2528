import { create, element, setText } from './page';
import type { Download, Report } from './protocol';
import { saveFile } from './results';

type ReportOf<T extends Report['type']> = Extract<Report, { type: T }>;

const limit = () => element<HTMLInputElement>('limit');
const ms = (value: number) => `${value.toFixed(2)} ms`;

let table: Download | undefined;

/** Shows how far the measuring is. */
export function showMeasuring({ share }: ReportOf<'measuring'>): void {
  const bar = element<HTMLProgressElement>('measured');
  bar.hidden = false;
  bar.value = share;
}

/** Shows what networks take here, and lets the visitor say what they may take. */
export function showTable({ least, most, device, download }: ReportOf<'table'>): void {
  table = download;
  // A limit as the visitor reads it must be one that the smallest network keeps.
  limit().min = (Math.ceil(100 * least) / 100).toFixed(2);
  element('limit-field').hidden = false;
  element('table').hidden = false;
  setText(
    'device-note',
    `The smallest network takes ${ms(least)} here, the largest ${ms(most)} (${device}).`,
  );
}

/** Takes the limit away: what is chosen now has not been measured. */
export function forgetTable(): void {
  table = undefined;
  limit().value = '';
  limit().min = '0';
  element('limit-field').hidden = true;
  element('table').hidden = true;
  setText(
    'device-note',
    'Measure what the operations take here, then search for a network that is fast enough.',
  );
}

/** Shows the networks found beside each other. */
export function showDevices({ rows }: ReportOf<'devices'>): void {
  element('devices').hidden = rows.length === 0;
  const cell = (text: string) => create('td', '', text);
  element('devices-rows').replaceChildren(
    ...rows.map(({ limit: most, predicted, measured, error, accuracy }) => {
      const head = create('th', '', most === null ? 'without a limit' : `at most ${ms(most)}`);
      head.scope = 'row';
      const row = create(
        'tr',
        '',
        head,
        cell(ms(predicted)),
        cell(`${ms(measured)} ± ${error.toFixed(2)}`),
        cell(accuracy === null ? '–' : `${accuracy.toFixed(1)} %`),
      );
      if (most !== null) row.dataset.limit = String(most);
      return row;
    }),
  );
  const kept = rows.filter(({ limit: most, measured }) => most !== null && measured <= most).length;
  const limited = rows.filter(({ limit: most }) => most !== null).length;
  const verdict = limited === 0 ? '' : ` ${kept} of ${limited} measured networks keep their limit.`;
  setText(
    'devices-note',
    `The networks found, as they would be trained and run, measured in turn.${verdict}`,
  );
  element('compare').hidden = limited === 0 || limited < rows.length;
}

element('table').addEventListener('click', () => {
  if (table) saveFile(table);
});
