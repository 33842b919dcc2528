import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registerWebGPU, type WebGPUDevice } from 'noisydarts/node';
import { reportOf } from './child';
import { count, parseOptions } from './options';

/** The paper's search: half of CIFAR-10's training images on each side, one of either in every step. */
const PAPER = { epochs: 50, images: 25_000 };

/** Tests that compare the shaders with numbers of the official code. */
const GOLDEN_TESTS = ['ops', 'noise', 'mixed-op'];

/** What both sides report of a search step. */
interface Report {
  readonly engine: string;
  readonly device: unknown;
  readonly parameters: number;
  readonly step_seconds_median: number;
  readonly seconds_per_image: number;
  readonly peak_rss_mb: number;
  readonly peak_device_mb: number | null;
}

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Everything to know of a GPU in one run: whether the shaders give the official code's numbers on it, then for each batch
 * size time and memory of a search step of the paper's supernet and the hours that the paper's search would take, and the
 * same of PyTorch on the same device.
 *
 * Without a GPU it is a check of itself: in software, with PyTorch on the processor.
 */
export async function gpu(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    options: {
      channels: { type: 'string', default: '16' },
      layers: { type: 'string', default: '8' },
      batch: { type: 'string', default: '64,128' },
      steps: { type: 'string', default: '5' },
      size: { type: 'string', default: '32' },
      golden: { type: 'string', default: at('../../shared/golden') },
      python: { type: 'string', default: 'python3' },
    },
  });
  const { batch, golden, python, ...rest } = values;
  const setting = Object.entries(rest).flatMap(([name, text]) => [`--${name}`, String(count(name, text))]);
  const batches = batch.split(',').map((text) => count('batch', text));
  const device = await registerWebGPU();
  const checked = golden === 'none' ? null : checkGolden(golden);
  const torch = torchDevice(python, device);
  const sizes = batches.map((images) => {
    const given = [...setting, '--batch', String(images)];
    const ours = reportOf<Report>(process.execPath, [
      '--import',
      'tsx',
      at('./index.ts'),
      'supernet',
      '--backend',
      'webgpu',
      ...given,
    ]);
    const theirs =
      'device' in torch
        ? reportOf<Report>(python, [at('./pytorch_supernet.py'), '--device', torch.device, ...given])
        : undefined;
    return {
      batch: images,
      ours: summary(ours),
      pytorch: theirs ? summary(theirs) : torch,
      speed_ratio: theirs ? round(theirs.seconds_per_image / ours.seconds_per_image, 3) : null,
    };
  });
  return {
    device,
    ...(device.software
      ? { note: 'no GPU found: computed in software, so that these times say nothing of a GPU' }
      : {}),
    ...Object.fromEntries(Object.entries(rest).map(([name, text]) => [name, count(name, text)])),
    golden: checked,
    batches: sizes,
  };
}

const round = (value: number, digits: number) => Number(value.toPrecision(digits));

const summary = ({ engine, device, parameters, ...times }: Report) => ({
  engine,
  device,
  parameters,
  step_seconds: times.step_seconds_median,
  images_per_second: round(1 / times.seconds_per_image, 4),
  peak_rss_mb: times.peak_rss_mb,
  peak_device_mb: times.peak_device_mb,
  paper_search_hours: round((times.seconds_per_image * PAPER.images * PAPER.epochs) / 3600, 3),
});

/** Compares the shaders with the fixtures of a folder. */
function checkGolden(folder: string): object {
  const scratch = mkdtempSync(join(tmpdir(), 'noisydarts-gpu-'));
  try {
    const output = join(scratch, 'tests.json');
    const tests = GOLDEN_TESTS.map((name) => `test/golden/${name}.test.ts`);
    const { stderr } = spawnSync(
      process.execPath,
      [
        at('../node_modules/vitest/vitest.mjs'),
        'run',
        ...['--mode', 'golden', '--project', 'golden-webgpu-fast'],
        ...['--reporter', 'json', '--outputFile', output],
        ...tests,
      ],
      {
        cwd: at('..'),
        encoding: 'utf8',
        stdio: ['ignore', 'ignore', 'pipe'],
        // The project takes the GPU that is there, as this process did.
        env: { ...process.env, BACKEND: 'webgpu', GOLDEN: folder },
      },
    );
    const found = JSON.parse(readOr(output, stderr)) as Record<
      'numPassedTests' | 'numFailedTests' | 'numPendingTests',
      number
    >;
    return {
      passed: found.numPassedTests,
      failed: found.numFailedTests,
      skipped: found.numPendingTests,
    };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function readOr(file: string, complaint: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`bench: the golden tests did not run, got: ${complaint.trim()}`, { cause: error });
  }
}

/** Where PyTorch finds the device that WebGPU has, or why it does not. */
function torchDevice(
  python: string,
  { software }: WebGPUDevice,
): { readonly device: string } | { readonly missing: string } {
  const { status, stdout } = spawnSync(
    python,
    ['-c', 'import torch; print("cuda" if torch.cuda.is_available() else "cpu")'],
    { encoding: 'utf8' },
  );
  if (status !== 0) return { missing: `no torch from '${python}'; name another with --python` };
  const device = stdout.trim();
  if (software) return { device: 'cpu' };
  return device === 'cuda' ? { device } : { missing: `the torch of '${python}' sees no CUDA device` };
}
