import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { compare } from '../../bench/compare';
import { gpu } from '../../bench/gpu';
import { network } from '../../bench/network';
import { median } from '../../bench/options';
import { projected } from '../../bench/project';
import type { Report } from '../../bench/rounds';
import { sizes } from '../../bench/sizes';
import { supernet } from '../../bench/supernet';
import { table } from '../../bench/table';
import { threads } from '../../bench/threads';
import { swiftShader } from '../../src/node/webgpu/software';

describe('bench supernet', () => {
  it.each([
    [
      ['--batch', '0'],
      "bench: --batch must be a whole number of at least 1, got '0'; use for example --batch 4",
    ],
    [['--steps', '2.5'], "bench: --steps must be a whole number of at least 1, got '2.5'"],
    [['--size', 'large'], "bench: --size must be a whole number of at least 1, got 'large'"],
    [
      ['--backend', 'abacus'],
      "bench: --backend must be one of wasm, cpu, webgpu, got 'abacus'; use for example --backend wasm",
    ],
    [
      ['--backend', 'cpu', '--threads', '2'],
      'bench: only the wasm backend has threads, got --threads 2; use --backend wasm',
    ],
    [
      ['--space', 'flat'],
      "bench: --space must be one of darts, nas-bench-201, mobile, got 'flat'; use for example --space darts",
    ],
    [
      ['--strategy', 'luck'],
      "bench: --strategy must be one of darts, fair-darts, pc-darts, gdas, beta-darts, darts-minus, sdarts-rs, sdarts-adv, got 'luck'; use for example --strategy darts",
    ],
    [['--speed', '9'], "bench: Unknown option '--speed', got '--speed 9'; use --"],
    [['--steps', '-1'], "bench: Option '--steps' argument is ambiguous, got '--steps -1'; use --"],
  ])('refuses %j', async (args, message) => {
    await expect(supernet(args)).rejects.toThrow(message);
  });
});

describe('bench compare, sizes, project, table', () => {
  it.each([
    [
      compare,
      ['--what', 'search,luck'],
      "bench: --what must be one of search, nas-bench-201, mobile, train, regularised, infer, folded, mobile-train, mobile-infer, got 'luck'",
    ],
    [
      compare,
      ['--what', 'strategies', '--batch', '0'],
      'bench: --batch must be a whole number of at least 1',
    ],
    [sizes, ['--what', 'all'], "bench: --what must be one of cells, batch, small, got 'all'"],
    [threads, ['--layers', '0'], "bench: --layers must be a whole number of at least 1, got '0'"],
    [
      network,
      ['--what', 'infer', '--threads', '2'],
      'bench: one batch of logits has one thread, got --threads 2; use --what predict',
    ],
    [table, ['--rounds', 'many'], "bench: --rounds must be a whole number of at least 1, got 'many'"],
  ])('%o refuses %j', async (run, args, message) => {
    await expect(run(args)).rejects.toThrow(message);
  });

  it('table looks for its place before it measures', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'noisydarts-table-')), 'page.md');
    writeFileSync(file, 'no marks');
    await expect(table(['--out', file])).rejects.toThrow('has no place for the table');
  });

  it('table writes what both sides report between its marks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'noisydarts-table-'));
    const [program, file] = [join(folder, 'program'), join(folder, 'page.md')];
    const report = {
      engine: 'engine 1',
      seconds_per_image: 0.02,
      cpu_seconds_per_image: 0.01,
      peak_rss_mb: 300,
      wasm_heap_mb: 200,
      estimated_heap_mb: 220,
    };
    writeFileSync(program, `#!/bin/sh\necho '${JSON.stringify(report)}'\n`, { mode: 0o755 });
    const marks = [
      '<!-- bench table: written by `npm run --silent bench -- table` -->',
      '<!-- /bench table -->',
    ];
    writeFileSync(file, `before\n${marks.join('\nold\n')}\nafter\n`);
    const { execPath } = process;
    process.execPath = program;
    const told = vi.spyOn(console, 'error').mockImplementation(() => {});
    try {
      await table(['--rounds', '1', '--out', file, '--python', program]);
    } finally {
      process.execPath = execPath;
      told.mockRestore();
    }
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^before\n<!-- bench table.*<!-- \/bench table -->\nafter\n$/s);
    expect(text).not.toContain('old');
    const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
    const row = (...start: string[]) => rows.find((cells) => start.every((cell, i) => cells[i + 1] === cell));
    expect(row('DARTS step, batch 64')!.slice(2, -1)).toEqual('0.02 0.02 1 1 4 300 300 1'.split(' '));
    expect(row('gdas')!.slice(2, -1)).toEqual('0.02 1 1 200 1'.split(' '));
    expect(row('32', '20', '16')!.slice(4, -1)).toEqual('0.02 200 220 1.10'.split(' '));
    expect(row('its logits of a data set')!.slice(2, -1)).toEqual('50 50 1 50 1'.split(' '));
    expect(text).toContain('6.9 and 6.9 hours, and 6.9 on 16 cores');
  });

  it('what two threads do not make shorter sixteen do not either', () => {
    const reports = (...seconds: number[]) => seconds.map((each) => ({ seconds_per_image: each }) as Report);
    const result = projected({ 'one thread': reports(0.05, 0.06, 0.09), 'two threads': reports(0.04) });
    // Of 0.06 s are 0.04 shared; 1,250,000 images a side.
    expect(result.shared).toBe(0.67);
    expect(result.hours).toEqual({ measured_1: 20.8, measured_2: 13.9, projected_16: 7.8 });
    const none = projected({ 'one thread': reports(0.06), 'two threads': reports(0.07) });
    expect(none.hours.projected_16).toBe(none.hours.measured_1);
  });
});

describe('bench gpu', () => {
  it.each([
    [['--batch', '64,none'], "bench: --batch must be a whole number of at least 1, got 'none'"],
    [['--steps', '0'], "bench: --steps must be a whole number of at least 1, got '0'"],
    [['--space', 'darts'], "Unknown option '--space'"],
  ])('refuses %j', async (args, message) => {
    await expect(gpu(args)).rejects.toThrow(message);
  });
});

// A software device is enough to see that the script runs; its times mean nothing.
describe.skipIf(!swiftShader())('bench gpu (needs a software driver: apt-get install chromium)', () => {
  const tiny = ['--channels', '2', '--layers', '3', '--steps', '1', '--size', '8', '--batch', '2'];

  it('reports steps of every batch size, and what the golden tests and PyTorch lack', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'noisydarts-no-golden-'));
    const result = (await gpu([...tiny, '--golden', empty, '--python', 'no-such-python'])) as {
      device: { software: boolean };
      note?: string;
      golden: { passed: number; failed: number };
      batches: { ours: Record<string, number>; pytorch: object; speed_ratio: null }[];
    };
    expect(result).toMatchObject({ channels: 2, layers: 3, steps: 1, size: 8 });
    expect(result.note?.includes('computed in software') ?? false).toBe(result.device.software);
    expect(result.golden.passed).toBe(0);
    expect(result.golden.failed).toBeGreaterThan(0);
    expect(result.batches).toHaveLength(1);
    const [{ ours, ...theirs }] = result.batches as [(typeof result.batches)[0]];
    expect(theirs).toEqual({
      batch: 2,
      pytorch: { missing: "no torch from 'no-such-python'; name another with --python" },
      speed_ratio: null,
    });
    expect(ours.parameters).toBeGreaterThan(0);
    expect(ours.peak_device_mb).toBeGreaterThan(0);
    // Two images a step, 25,000 a side and 50 epochs; the numbers printed are rounded.
    expect(ours.paper_search_hours! / ((ours.step_seconds! / 2) * ((25_000 * 50) / 3600))).toBeCloseTo(1, 1);
    expect(ours.images_per_second! * (ours.step_seconds! / 2)).toBeCloseTo(1, 2);
  }, 600_000);
});

describe('median', () => {
  it('is the middle of an odd number of values and the mean of the two middle ones of an even number', () => {
    expect(median([10, 2, 3])).toBe(3);
    expect(median([10, 2, 3, 4])).toBe(3.5);
  });
});
