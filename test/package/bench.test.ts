import { expect, it } from 'vitest';
import { run } from './support/run';

const bench = (...args: string[]) => run('npm', ['run', '--silent', 'bench', '--', ...args]);

it('npm run bench prints one line of JSON with the fields that a comparison needs', () => {
  const size = ['--channels', '2', '--layers', '3', '--batch', '2', '--steps', '2', '--size', '8'];
  const { status, stdout, output } = bench('supernet', '--backend', 'wasm', ...size);
  expect(status, output).toBe(0);
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({
    backend: 'wasm',
    threads: 1,
    channels: 2,
    layers: 3,
    batch: 2,
    size: 8,
    fast: true,
  });
  for (const field of [
    'parameters',
    'step_seconds_median',
    'seconds_per_image',
    'peak_rss_mb',
    'wasm_heap_mb',
  ]) {
    expect(result[field], field).toBeGreaterThan(0);
  }
  expect(result.seconds_per_image).toBeCloseTo(result.step_seconds_median / 2, 3);
});

it('npm run bench -- compare names the package to install where there is no PyTorch', () => {
  const { status, output } = bench('compare', '--python', process.execPath);
  expect(output).toContain(
    `bench: PyTorch is not installed, got no torch from '${process.execPath}'; on Debian: apt-get install python3-torch`,
  );
  expect(status).toBe(2);
});

it('npm run bench lists the benchmarks when it is asked for another', () => {
  const { status, stdout, output } = bench('nothing');
  expect(output).toContain(
    "bench: unknown benchmark, got 'nothing'; choose one of supernet, network, micro, launches, profile, stock, compare, fold, gpu",
  );
  expect(stdout).toBe('');
  expect(status).toBe(2);
});
