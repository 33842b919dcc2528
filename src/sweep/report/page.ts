import { sampleSummary } from '../../node/report/experiment';
import { htmlPage } from '../../node/report/html-page';
import { pageStyle } from '../../node/report/style';
import { coordinate, escapeText } from '../../node/report/text';
import type { JobStatus, SweepStatus } from '../status';
import { bySetting, type Outcome, outcomeOf } from './outcome';

const STATES = ['done', 'failed', 'running', 'waiting'] as const;

function spread(values: readonly (number | undefined)[], decimals: number, scale = 1): string {
  const { mean, std } = sampleSummary(values.map((value) => (value === undefined ? null : scale * value)));
  if (mean === null) return '–';
  return `${mean.toFixed(decimals)}${std === null ? '' : ` ± ${std.toFixed(decimals)}`}`;
}

function settingsTable(jobs: readonly JobStatus[]): string {
  const rows = [...bySetting(jobs)].map(([setting, group]) => {
    const outcomes = group.filter(({ status }) => status === 'done').map(outcomeOf);
    const seeds = group
      .filter(({ status }) => status === 'done')
      .map(({ job }) => job.search?.seed ?? '–')
      .join(', ');
    const cells = [
      `${outcomes.length} of ${group.length}`,
      seeds || '–',
      spread(
        outcomes.map(({ accuracy }) => accuracy),
        2,
      ),
      spread(
        outcomes.map(({ skips }) => skips),
        1,
        100,
      ),
      spread(
        outcomes.map(({ seconds }) => seconds),
        1,
      ),
    ];
    return `<tr><th scope="row">${escapeText(setting)}</th>${cells.map((cell) => `<td>${escapeText(cell)}</td>`).join('')}</tr>`;
  });
  const head = ['Setting', 'Done', 'Seeds', 'Accuracy, %', 'Skip connections, %', 'Search, s'];
  return `<table><thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [720, 320, 56, 40];

/** A range of an axis that holds all values, and where a value lies in it, from 0 to 1. */
function axis(values: readonly number[]) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = high > low ? 0.05 * (high - low) : Math.max(1, 0.05 * Math.abs(high));
  const [from, to] = [low - margin, high + margin];
  return { from, to, at: (value: number) => (value - from) / (to - from) };
}

/** Accuracy over the seconds of the search, a dot a job. */
function scatter(jobs: readonly JobStatus[]): string {
  const points = jobs.flatMap((job) => {
    const { accuracy, seconds }: Outcome = outcomeOf(job);
    return accuracy === undefined || seconds === undefined ? [] : [{ name: job.job.name, accuracy, seconds }];
  });
  if (points.length === 0) return '<p>No search has ended yet.</p>';
  const x = axis(points.map(({ seconds }) => seconds));
  const y = axis(points.map(({ accuracy }) => accuracy));
  const left = (value: number) => coordinate(LEFT + x.at(value) * (WIDTH - LEFT - 12));
  const top = (value: number) => coordinate((1 - y.at(value)) * (HEIGHT - BOTTOM - 8) + 8);
  const dots = points.map(
    ({ name, accuracy, seconds }) =>
      `<circle cx="${left(seconds)}" cy="${top(accuracy)}" r="5"><title>${escapeText(name)}: ${accuracy.toFixed(2)} %, ${seconds.toFixed(1)} s</title></circle>`,
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const across = ticks.map((share) => x.from + share * (x.to - x.from));
  const up = ticks.map((share) => y.from + share * (y.to - y.from));
  const labels = [
    ...across.map(
      (value) =>
        `<text x="${left(value)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${value.toFixed(1)}</text>`,
    ),
    ...up.map(
      (value) =>
        `<text x="${LEFT - 8}" y="${top(value)}" text-anchor="end" dominant-baseline="middle">${value.toFixed(1)}</text><path d="M${LEFT} ${top(value)}H${WIDTH - 12}"/>`,
    ),
  ];
  return `<svg class="dots" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Accuracy in percent over the seconds of the search, ${points.length} jobs">${labels.join('')}<text x="${WIDTH / 2}" y="${HEIGHT - 4}" text-anchor="middle">seconds of the search</text>${dots.join('')}</svg>`;
}

function jobsTable(jobs: readonly JobStatus[]): string {
  const order = [...jobs].sort((a, b) => rank(a) - rank(b));
  const rows = order.map((job) => {
    const { accuracy, skips, seconds } = outcomeOf(job);
    const cells = [
      job.status,
      accuracy?.toFixed(2) ?? '–',
      skips === undefined ? '–' : (100 * skips).toFixed(1),
      seconds?.toFixed(1) ?? '–',
      job.error ?? '',
    ];
    return `<tr class="${job.status}"><th scope="row">${escapeText(job.job.name)}</th>${cells.map((cell) => `<td>${escapeText(cell)}</td>`).join('')}</tr>`;
  });
  const head = ['Job', 'State', 'Accuracy, %', 'Skip connections, %', 'Search, s', 'Why'];
  return `<table><thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

const rank = ({ status }: JobStatus) => ['failed', 'running', 'done', 'waiting'].indexOf(status);

/** What the page shows, without what stays the same. */
export function sweepBody({ plan, jobs }: SweepStatus): string {
  const tiles = STATES.map((state) => {
    const count = jobs.filter(({ status }) => status === state).length;
    return `<div class="card"><dt>${state}</dt><dd>${count}</dd></div>`;
  });
  return `<header><h1>${escapeText(plan.name)}</h1><p>A sweep of ${jobs.length} jobs.</p><dl class="tiles">${tiles.join('')}</dl></header>
<section aria-labelledby="settings"><h2 id="settings">Settings</h2><p>Mean and deviation over the seeds that are done: of the trained networks on the test images, or of the supernets where nothing was trained.</p><div class="wide card" tabindex="0" role="group" aria-label="Settings as numbers">${settingsTable(jobs)}</div></section>
<section aria-labelledby="cost"><h2 id="cost">Accuracy over cost</h2><div class="card chart">${scatter(jobs)}</div></section>
<section aria-labelledby="jobs"><h2 id="jobs">Jobs</h2><div class="wide card" tabindex="0" role="group" aria-label="All jobs">${jobsTable(jobs)}</div></section>`;
}

/** Takes what the server sends in place of what is there. */
const LIVE = `new EventSource('/events').onmessage=({data})=>{document.querySelector('main').innerHTML=JSON.parse(data)}`;

/** The page of {@link renderSweep}; one that is served follows the sweep. */
export const sweepPage = (status: SweepStatus, live: boolean): string =>
  htmlPage(
    `${status.plan.name} · NoisyDARTS sweep`,
    [
      pageStyle,
      `.dots{font-size:12px;fill:var(--quiet)}
.dots path{stroke:var(--line);fill:none}
.dots circle{fill:var(--accent);fill-opacity:.75}
.failed td{color:var(--valid)}`,
    ],
    `<main>
${sweepBody(status)}
</main>
${live ? `<script>${LIVE}</script>` : ''}`,
  );
