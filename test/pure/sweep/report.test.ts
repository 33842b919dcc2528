import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { reportCommand } from '../../../src/cli/report/command';
import {
  folderRunStore,
  optunaJournal,
  type RunStore,
  renderSweep,
  runSweep,
  type SweepPlan,
  type SweepStatus,
  serveSweep,
  sweepStatus,
} from '../../../src/sweep';

const plan: SweepPlan = {
  name: 'report',
  list: [{ space: 's1' }, { space: 's<2>' }],
  grid: { noise: [0, 0.2], seed: [1, 2] },
};

let folder: string;
let store: RunStore;
let status: SweepStatus;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'noisydarts-report-'));
  store = folderRunStore(folder);
  // Six of eight: the last of each space waits, one has failed, one runs.
  const run = async ({ search }: { search: Readonly<Record<string, unknown>> }) => {
    if (search.space === 's1' && search.noise === 0 && search.seed === 2) throw new Error('no <luck>');
    const genotype = {
      normal: [
        ['skip_connect', 0],
        ['sep_conv_3x3', 1],
      ],
    };
    return { genotype, validAccuracy: 80 + Number(search.seed), seconds: 10 * Number(search.seed) };
  };
  await runSweep(plan, { store, run, shard: [0, 4] });
  await runSweep(plan, { store, run, shard: [1, 4] });
  await runSweep(plan, { store, run, shard: [2, 4] });
  const { jobs } = (await sweepStatus(store))!;
  await store.claim(jobs.find(({ status }) => status === 'waiting')!.job.name);
  status = (await sweepStatus(store))!;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the report of a sweep', () => {
  it('tells which jobs are done, failed and why, running and waiting', async () => {
    const states = status.jobs.map(({ status }) => status);
    expect(states).toEqual(['done', 'failed', 'done', 'running', 'done', 'done', 'done', 'waiting']);
    const page = renderSweep(status);
    expect(page).toContain('no &lt;luck&gt;');
    expect(page).toContain('<dt>running</dt><dd>1</dd>');
    // Mean, deviation and seeds of a setting with both.
    expect(page).toContain(
      '<th scope="row">space s&lt;2&gt;, noise 0</th><td>2 of 2</td><td>1, 2</td><td>81.50 ± 0.71</td><td>50.0 ± 0.0</td><td>15.0 ± 7.1</td>',
    );
    expect(page.match(/<circle/g)).toHaveLength(5);
    expect(page).not.toContain('<script>');
    expect(await sweepStatus(folderRunStore(join(folder, 'nothing')))).toBeUndefined();
    expect(() => renderSweep({} as never)).toThrow('renderSweep: the status must be');
  });

  it('is a journal of Optuna too', () => {
    const [study, ...trials] = optunaJournal(status)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(study).toEqual({ op_code: 0, worker_id: 'noisydarts', study_name: 'report', directions: [2] });
    expect(trials.map(({ state }) => state)).toEqual([1, 3, 1, 0, 1, 1, 1, 4]);
    expect(trials[2]).toMatchObject({
      op_code: 4,
      study_id: 0,
      value: 81,
      params: { space: 0, noise: 0.2, seed: 1 },
    });
    expect(JSON.parse(trials[0].distributions.space).attributes.choices).toEqual(['s1', 's<2>']);
    expect(trials[1].user_attrs.error).toBe('no <luck>');
  });

  it('is told by the command, and written', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const [page, journal] = [join(folder, 'page.html'), join(folder, 'sweep.log')];
    const args = ['sweep', folder, '--json', '--out', page, '--optuna', journal];
    await reportCommand().parseAsync(args, { from: 'user' });
    expect(JSON.parse(log.mock.calls[0]![0])).toMatchObject({
      sweep: 'report',
      done: 5,
      failed: 1,
      report: page,
    });
    log.mockRestore();
    expect(readFileSync(page, 'utf8')).toBe(renderSweep(status));
    expect(readFileSync(journal, 'utf8').split('\n')).toHaveLength(10);
  });

  it('follows a sweep while it is served', async () => {
    const server = await serveSweep(store, { poll: 20 });
    try {
      expect(await (await fetch(server.url)).text()).toContain("new EventSource('/events')");
      const next = await new Promise<string>((resolve, reject) => {
        const request = get(`${server.url}events`, (response) => {
          response.on('data', (chunk) => {
            if (!String(chunk).startsWith('data: ')) return;
            resolve(JSON.parse(String(chunk).slice(6)));
            request.destroy();
          });
        });
        request.on('error', reject);
      });
      expect(next).toContain('<dt>done</dt><dd>5</dd>');
      await expect(serveSweep(folderRunStore(join(folder, 'nothing')))).rejects.toThrow('holds no sweep');
    } finally {
      await server.close();
    }
  });
});
