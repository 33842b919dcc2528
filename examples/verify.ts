/**
 * Tells whether a backend computes what it should: `npm run verify -- --backend webgpu`; `--help` lists the options.
 *
 * It prints a line a kernel with its error, or JSON, and ends with 1 if a kernel is wrong.
 */
import * as tf from '@tensorflow/tfjs-core';
import { Command, Option } from 'commander';
import { formatVerification, verifyBackend } from 'noisydarts/verify';
import { useBackend } from './backend';

const backends = ['wasm', 'cpu', 'webgpu', 'tensorflow'] as const;

interface VerifyCommand {
  readonly backend: (typeof backends)[number];
  readonly fast: boolean;
  readonly quick: boolean;
  readonly json: boolean;
}

async function use({ backend, fast }: VerifyCommand): Promise<void> {
  if (backend === 'wasm' || backend === 'cpu') return useBackend({ backend, fast });
  if (backend === 'webgpu') {
    await (await import('noisydarts/node')).registerWebGPU();
    if (fast) await (await import('noisydarts/webgpu')).enableWebGPUTraining();
    return;
  }
  // No dependency of this package: it downloads TensorFlow when it is installed.
  const name: string = '@tensorflow/tfjs-node';
  await import(name).catch((error: Error) => {
    throw new Error(`--backend tensorflow: '${name}' cannot be loaded: ${error.message}`);
  });
  await tf.setBackend('tensorflow');
}

const command = new Command('npm run verify --')
  .description('Runs small cases of every kernel on a backend and compares them with known numbers.')
  .addOption(new Option('--backend <name>', 'where to compute').choices(backends).default('wasm'))
  .option('--no-fast', "leave out this library's training kernels")
  .option('--quick', 'only the hardest case of each kernel', false)
  .option('--json', 'print JSON', false)
  .parse()
  .opts<VerifyCommand>();

try {
  await use(command);
  const found = await verifyBackend({ quick: command.quick });
  console.log(command.json ? JSON.stringify(found, null, 2) : formatVerification(found));
  process.exitCode = found.ok ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
