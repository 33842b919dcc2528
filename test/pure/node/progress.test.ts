import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withProgress } from '../../../src/node';
import type { SearchEvent } from '../../../src/search';
import type { SelectionEvent } from '../../../src/selection';
import type { AnySpace } from '../../../src/spaces';
import { epochEvent, runEvents, stepEvent } from './support/history';

class Screen extends Writable {
  text = '';
  constructor(
    readonly isTTY: boolean,
    readonly columns = 140,
  ) {
    super();
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function drain(events: AsyncIterable<SearchEvent>): Promise<SearchEvent[]> {
  const seen: SearchEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

afterEach(() => vi.restoreAllMocks());

describe('withProgress', () => {
  it.each([true, false])('passes every event through (terminal: %s)', async (isTTY) => {
    const events = await drain(withProgress(runEvents(), { stream: new Screen(isTTY) }));
    expect(events).toEqual(await drain(runEvents()));
  });

  it('writes one plain line an epoch where there is no terminal', async () => {
    const screen = new Screen(false);
    await drain(withProgress(runEvents(0, 2), { stream: screen }));
    const { genotype } = epochEvent(0);
    const skips = [genotype.normal, genotype.reduce].map(
      (edges) => edges.filter(([primitive]) => primitive === 'skip_connect').length,
    );
    const lines = screen.text.split('\n');
    expect(lines[0]).toBe(
      `epoch 1/3  train loss 2.000 accuracy 50.0 %  valid loss 2.500 accuracy 40.0 %  skips ${skips.join('+')}  1 min 01 s`,
    );
    expect(lines[1]).toMatch(/^epoch 2\/3 {2}train loss 1\.000 accuracy 51\.0 %/);
    expect(lines.slice(2)).toEqual(['stopped in epoch 3, after step 4 of the run', '']);
    expect(screen.text).not.toMatch(CONTROL);
  });

  it('shows what a selection does: a bar of trials and steps, a line a decision', async () => {
    async function* events(): AsyncGenerator<SelectionEvent<AnySpace>> {
      const metrics = { accuracy: 62.5 };
      const trial = { loss: 0.7, accuracy: 62.5, metrics, done: 1, total: 3, secondsLeft: null };
      yield { type: 'trial', about: 'cell, edge 0, without none', ...trial };
      const decision = { what: 'operation', alpha: 'cell', row: 0, kept: 'none', removals: [] };
      yield { type: 'decision', index: 0, decision };
      const tuned = { trainLoss: 0.5, validLoss: null, imagesPerSecond: 80, done: 2, total: 3 };
      yield { type: 'tune', step: 0, ...tuned, secondsLeft: 61 };
      yield { type: 'stopped', decision: 1, step: 1 };
    }
    const [quiet, terminal] = [new Screen(false), new Screen(true)];
    for (const screen of [quiet, terminal]) for await (const _ of withProgress(events(), { stream: screen }));
    expect(quiet.text.split('\n')).toEqual([
      'decision 1  operation  alpha cell  row 0  kept none',
      'stopped after decision 1 and step 1 of the selection',
      '',
    ]);
    expect(terminal.text).toContain('cell, edge 0, without none  loss 0.700 accuracy 62.5 %  ? left');
    expect(terminal.text).toContain('tuning  loss 0.500  80 images/s  1 min 01 s left');
  });

  it('shows a dash for what was not evaluated', async () => {
    const screen = new Screen(false);
    const event = { ...epochEvent(0), validLoss: null, validAccuracy: null };
    await drain(
      withProgress(
        (async function* () {
          yield event;
        })(),
        { stream: screen },
      ),
    );
    expect(screen.text).toContain('valid loss – accuracy –');
  });

  it('writes a plain line about a step once a minute', async () => {
    const screen = new Screen(false);
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const steps = async function* () {
      for (const second of [10, 59, 61, 100, 122]) {
        now = 1000 * second;
        yield stepEvent(0, 1);
      }
    };
    await drain(withProgress(steps(), { stream: screen }));
    const line = 'epoch 1/3  step 2/2  loss 0.613  accuracy 81.3 %  812 images/s  2 min 05 s left';
    expect(screen.text).toBe(`${line}\n${line}\n`);
  });

  it('draws a bar on a terminal and takes it away for the lines that stay', async () => {
    const screen = new Screen(true);
    await drain(withProgress(runEvents(), { stream: screen }));
    expect(screen.text).toContain('█');
    expect(screen.text).toContain('epoch 1/3  step 1/2  loss 0.613');
    // What a terminal would show in the end: what follows the last erasure of each line.
    const shown = screen.text.split('\n').map((line) => line.split('\u001b[2K').at(-1)!);
    expect(shown.filter((line) => line.includes('train loss'))).toHaveLength(3);
    expect(shown.filter((line) => line.includes('█'))).toEqual([]);
  });

  it('cuts the bar at the width of a narrow terminal', async () => {
    const screen = new Screen(true, 40);
    await drain(withProgress(runEvents(), { stream: screen }));
    expect(screen.text).toContain('epoch 1/3  step 1/2');
    expect(screen.text).not.toContain('images/s');
  });

  it('takes the bar away when the search fails or the loop is left', async () => {
    for (const leave of [true, false]) {
      const screen = new Screen(true);
      const failing = async function* () {
        yield stepEvent(0, 0);
        throw new Error('boom');
      };
      const run = async () => {
        for await (const _ of withProgress(failing(), { stream: screen })) if (leave) return;
      };
      await (leave ? run() : expect(run()).rejects.toThrow('boom'));
      expect(screen.text.endsWith('\u001b[2K')).toBe(true);
    }
  });

  it('lets timers through between steps', async () => {
    let ticked = false;
    const busy = async function* () {
      setTimeout(() => {
        ticked = true;
      });
      for (let step = 0; step < 1000 && !ticked; step++) {
        const until = performance.now() + 1;
        while (performance.now() < until);
        yield stepEvent(0, 0);
      }
    };
    await drain(withProgress(busy(), { stream: new Screen(false) }));
    expect(ticked).toBe(true);
  });
});
