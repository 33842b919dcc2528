import { mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { genotypeFromJson, genotypeFromPython, genotypeToJson } from '../../../src/genotype';
import { recordRun } from '../../../src/node';
import type { SearchEvent } from '../../../src/search';
import { darts, mobile, nasBench201, type SearchSpace } from '../../../src/spaces';
import { epochRecord, history, recordIn, runEvents } from './support/history';

let directory = '';
let folder = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'noisydarts-run-'));
  folder = join(directory, 'runs', 'first');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const space = darts();
const settings = { search: { batchSize: 64 } };
const record = (events: AsyncIterable<SearchEvent>) => recordRun(events, { folder, space, settings });
const read = (file: string) => readFile(join(folder, file), 'utf8');
const json = async (file: string) => JSON.parse(await read(file));

async function drain(events: AsyncIterable<SearchEvent>): Promise<SearchEvent[]> {
  const seen: SearchEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

describe('recordRun', () => {
  it('passes every event through and leaves the files of a run, nothing else', async () => {
    expect(await drain(record(runEvents()))).toEqual(await drain(runEvents()));
    expect((await readdir(folder)).sort()).toEqual([
      'alphas.json',
      'alphas.svg',
      'genotype.json',
      'genotype.py.txt',
      'history.json',
      'normal.svg',
      'reduce.svg',
      'report.html',
      'settings.json',
    ]);
    const { genotype } = epochRecord(2);
    expect(genotypeFromJson(await read('genotype.json'), { space })).toEqual(genotype);
    expect(genotypeFromPython(await read('genotype.py.txt'), { space })).toEqual(genotype);
    expect(await json('settings.json')).toEqual(settings);
    expect(await read('report.html')).toContain('<h1>first</h1>');
    for (const drawing of ['normal', 'reduce', 'alphas'])
      expect(await read(`${drawing}.svg`)).toMatch(/^<svg /);
  });

  it('writes what alpha was after every epoch, and what its rows and columns mean', async () => {
    await drain(record(runEvents()));
    const { format, version, edges, epochs } = await json('alphas.json');
    expect([format, version]).toEqual(['noisydarts-alphas', 1]);
    expect(edges.normal).toHaveLength(14);
    expect(edges.reduce[13]).toEqual({ node: 3, input: 4, candidates: space.primitives });
    expect(epochs).toEqual(history(3).map(({ epoch, alphas }) => ({ epoch: epoch + 1, ...alphas })));
  });

  it('is up to date before the event of an epoch arrives', async () => {
    for await (const event of record(runEvents())) {
      if (event.type !== 'epoch') continue;
      expect((await json('history.json')).epochs).toHaveLength(event.epoch + 1);
      expect(genotypeFromJson(await read('genotype.json'))).toEqual(event.genotype);
      if (event.epoch < 2) expect(await read('report.html')).toContain(`${event.epoch + 1} of 3 epochs done`);
    }
  });

  it('writes nothing before the first event, so that a refused run changes nothing', async () => {
    await drain(record(runEvents(0, 1)));
    const before = await read('settings.json');
    // biome-ignore lint/correctness/useYield: a run that is refused has no events.
    async function* refused(): AsyncGenerator<SearchEvent> {
      throw new RangeError('search: other settings');
    }
    const other = { search: { batchSize: 32 } };
    await expect(drain(recordRun(refused(), { folder, space, settings: other }))).rejects.toThrow(
      'other settings',
    );
    expect(await read('settings.json')).toBe(before);
    const nowhere = join(directory, 'nowhere');
    await expect(drain(recordRun(refused(), { folder: nowhere, space, settings }))).rejects.toThrow(
      RangeError,
    );
    expect(await readdir(directory)).toEqual(['runs']);
  });

  it('goes on with a warning where an epoch cannot be written, and catches up', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await mkdir(join(folder, 'report.html'), { recursive: true });
    let epochs = 0;
    for await (const event of record(runEvents())) {
      if (event.type !== 'epoch') continue;
      epochs++;
      if (event.epoch === 1) await rmdir(join(folder, 'report.html'));
    }
    expect(epochs).toBe(3);
    expect(warn.mock.calls).toHaveLength(2);
    expect(warn.mock.calls[0]![0]).toMatch(
      /^recordRun: '.*first' is not up to date, got .+; the run goes on$/,
    );
    expect(await read('report.html')).toContain('<h1>first</h1>');
    warn.mockRestore();
  });

  it('says that settings must be plain JSON', async () => {
    const cycle: Record<string, unknown> = {};
    cycle.cycle = cycle;
    const run = recordRun(runEvents(), { folder, space, settings: { cycle } });
    await expect(drain(run)).rejects.toThrow(/^recordRun: settings must be plain JSON/);
  });

  it('joins the epochs before a resume to those after it', async () => {
    await drain(record(runEvents(0, 2)));
    const resumed = record(runEvents(2));
    for await (const event of resumed) {
      if (event.type === 'epoch') break;
    }
    expect((await json('history.json')).epochs).toEqual(history(3));
    await drain(record(runEvents(2)));
    const whole = join(directory, 'whole');
    await drain(recordRun(runEvents(), { folder: whole, space, settings }));
    for (const file of ['history.json', 'alphas.json', 'alphas.svg', 'genotype.json']) {
      expect(await read(file)).toBe(await readFile(join(whole, file), 'utf8'));
    }
  });

  it('takes the epochs before a resume from the run, whatever became of its files', async () => {
    await drain(record(runEvents(0, 2)));
    await writeFile(join(folder, 'history.json'), '{"format": "noisydarts-hist');
    const resumed = async function* (): AsyncGenerator<SearchEvent> {
      yield { type: 'resumed', epoch: 2, step: 6, history: history(2) };
      yield* runEvents(2);
    };
    await drain(record(resumed()));
    expect((await json('history.json')).epochs).toEqual(history(3));
  });

  it('refuses a history that was cut, if there is no other', async () => {
    await drain(record(runEvents(0, 2)));
    await writeFile(join(folder, 'history.json'), '{"format": "noisydarts-hist');
    await expect(drain(record(runEvents(2)))).rejects.toThrow('must hold the history of a run');
  });

  it('replaces an epoch that is done again', async () => {
    await drain(record(runEvents(0, 2)));
    await drain(record(runEvents(1, 2)));
    expect((await json('history.json')).epochs).toEqual(history(2));
  });

  it('does not take up what an earlier run left', async () => {
    await drain(record(runEvents()));
    await drain(record(runEvents(0, 1)));
    expect((await json('history.json')).epochs).toEqual(history(1));
  });

  it('goes on without the history of before, and is whole at the end all the same', async () => {
    await drain(record(runEvents(2)));
    expect((await json('history.json')).epochs).toEqual(history(3));
  });

  it('writes the files of a run that was finished already', async () => {
    const finished = async function* (): AsyncGenerator<SearchEvent> {
      yield {
        type: 'done',
        genotype: epochRecord(2).genotype,
        epoch: 2,
        decision: null,
        epochs: 3,
        history: history(3),
      };
    };
    await drain(record(finished()));
    expect(await read('report.html')).toContain('all 3 epochs done');
  });

  it('leaves the genotype that a policy went back to', async () => {
    const { genotype } = epochRecord(1);
    const stopped = async function* (): AsyncGenerator<SearchEvent> {
      const decision = { stop: 'enough', rollBackTo: 1 };
      yield { type: 'done', genotype, epoch: 1, decision, epochs: 9, history: history(3) };
    };
    await drain(record(stopped()));
    expect(await read('genotype.json')).toBe(genotypeToJson(genotype));
    expect(await read('report.html')).toContain('3 of 9 epochs done. Stopped by its policy: enough.');
  });

  it('refuses a history that it did not write', async () => {
    await drain(record(runEvents(0, 1)));
    const path = join(folder, 'history.json');
    await writeFile(path, '{"format": "other", "version": 2, "epochs": []}');
    await expect(drain(record(runEvents(1)))).rejects.toThrow(
      `recordRun: '${path}' must hold the history of a run, got {"format":"other","version":2}; record in another folder`,
    );
  });

  it.each([
    [nasBench201(), 'cell', ['cell.svg', 'genotype.txt'], 6],
    [mobile(), 'layer_18', ['genotype.json', 'layers.svg'], 1],
  ] as const)('records searches in other spaces: %j', async (other, alpha, own, rows) => {
    const events = async function* (): AsyncGenerator<SearchEvent> {
      for (const epoch of [0, 1]) yield { type: 'epoch', epochs: 2, ...recordIn<SearchSpace>(other, epoch) };
    };
    await drain(recordRun(events(), { folder, space: other, settings }));
    expect((await readdir(folder)).sort()).toEqual(
      ['alphas.json', 'alphas.svg', 'history.json', 'report.html', 'settings.json', ...own].sort(),
    );
    const { edges, epochs } = await json('alphas.json');
    expect(edges[alpha]).toHaveLength(rows);
    expect(epochs[1][alpha]).toEqual(
      (recordIn<SearchSpace>(other, 1).alphas as Record<string, unknown>)[alpha],
    );
    const page = await read('report.html');
    for (const text of ['Skips kept', 'Skip connections', 'Edge weights ']) expect(page).toContain(text);
    expect(page).not.toMatch(/undefined|NaN/);
  });
});
