import * as tf from '@tensorflow/tfjs-core';
import { type Command, Option } from 'commander';
import { formatVerification, verifyBackend } from 'noisydarts/verify';
import { useBackend } from '../backend';
import { createCommand, shared, UsageError } from '../command-line';

const backends = ['wasm', 'cpu', 'webgpu', 'tensorflow'] as const;

interface VerifyRequest {
  readonly backend: (typeof backends)[number];
  readonly fast: boolean;
  readonly quick: boolean;
  readonly json: boolean;
}

async function use({ backend, fast }: VerifyRequest): Promise<void> {
  if (backend === 'wasm' || backend === 'cpu') {
    await useBackend({ backend, fast });
    return;
  }
  if (backend === 'webgpu') {
    await (await import('noisydarts/node')).registerWebGPU();
    if (fast) await (await import('noisydarts/webgpu')).enableWebGPUTraining();
    return;
  }
  // No dependency of this package: it downloads TensorFlow when it is installed.
  const name: string = '@tensorflow/tfjs-node';
  await import(name).catch((error: Error) => {
    throw new UsageError(
      `--backend tensorflow: '${name}' cannot be loaded, got ${error.message}; install it`,
      { cause: error },
    );
  });
  await tf.setBackend('tensorflow');
}

/** `verify`: a line a kernel with its error, or JSON; 1 if a kernel is wrong. */
export function verifyCommand(): Command {
  return createCommand(
    'verify',
    'Runs small cases of every kernel on a backend and compares them with known numbers.',
    [
      ['', 'the fast kernels on wasm'],
      ['--backend webgpu --json', 'the shaders, for a program to read'],
    ],
  )
    .addOption(new Option('--backend <name>', 'where to compute').choices(backends).default('wasm'))
    .addOption(shared.noFast())
    .option('--quick', 'only the hardest case of each kernel', false)
    .option('--json', 'print JSON', false)
    .action(async (request: VerifyRequest) => {
      await use(request);
      const found = await verifyBackend({ quick: request.quick });
      console.log(request.json ? JSON.stringify(found, null, 2) : formatVerification(found));
      process.exitCode = found.ok ? 0 : 1;
    });
}
