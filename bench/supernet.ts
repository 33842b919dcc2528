import * as tf from '@tensorflow/tfjs-core';
import { adam, createSupernet, gaussianNoise, sgd } from 'noisydarts';
import { threadedEngine } from 'noisydarts/node';
import { alphaStep, localEngine, weightStep } from 'noisydarts/search';
import { estimateMemory } from 'noisydarts/supernet';
import { wasmBuild } from 'noisydarts/wasm';
import { version } from '../package.json';
import { deviceMb, toMb, useBackend, wasmHeapMb } from './backend';
import { count, oneOf, parseOptions, searchSpace, searchStrategy, wasmBuildNamed } from './options';
import { timed } from './timed';

/**
 * Time and memory of a search step on the paper's supernet, on that of NAS-Bench-201 (`--space nas-bench-201`, `--layers`
 * cells a stage) or on that of the mobile space (whose channels and layers are its own): an architecture step (validation
 * batch, Adam on alpha) and a weight step (training batch, gradient clipped to 5, SGD). Images and labels are random.
 *
 * Several threads share a batch, and each has a wasm heap of its own; the heap reported is this thread's, beside the
 * estimate that a search makes of it. On webgpu the device and the size of its buffers are reported too.
 */
export async function supernet(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    allowNegative: true,
    options: {
      backend: { type: 'string', default: 'wasm' },
      threads: { type: 'string', default: '1' },
      fast: { type: 'boolean', default: true },
      channels: { type: 'string', default: '16' },
      layers: { type: 'string', default: '8' },
      batch: { type: 'string', default: '16' },
      space: { type: 'string', default: 'darts' },
      strategy: { type: 'string', default: 'darts' },
      recompute: { type: 'string', default: 'none' },
      steps: { type: 'string', default: '3' },
      size: { type: 'string', default: '32' },
      build: { type: 'string', default: 'auto' },
    },
  });
  const backend = oneOf('backend', values.backend, ['wasm', 'cpu', 'webgpu']);
  const threads = count('threads', values.threads);
  const channels = count('channels', values.channels);
  const layers = count('layers', values.layers);
  const batch = count('batch', values.batch);
  const steps = count('steps', values.steps);
  const size = count('size', values.size);
  const fast = backend !== 'cpu' && values.fast;
  if (backend !== 'wasm' && threads > 1) {
    throw new RangeError(
      `bench: only the wasm backend has threads, got --threads ${threads}; use --backend wasm`,
    );
  }
  const device = await useBackend({ backend, fast, build: wasmBuildNamed(values.build) });

  const inputShape = [size, size, 3] as const;
  const space = searchSpace(values.space);
  const model = createSupernet({
    space,
    strategy: searchStrategy(values.strategy),
    recompute: oneOf('recompute', values.recompute, ['none', 'cell']),
    noise: gaussianNoise({ std: 0.2 }),
    ...(space.kind === 'mobile' ? {} : { channels, cells: layers }),
    classes: 10,
    inputShape: [...inputShape],
    seed: 0,
  });
  const weights = sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 3e-4 });
  const alphas = adam({ learningRate: 3e-4, betas: [0.5, 0.999], weightDecay: 1e-3 });
  const engine =
    threads > 1 ? await threadedEngine(model, { threads, inputShape, fast }) : localEngine(model);
  const images = {
    x: tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 1),
    y: tf.randomUniform<tf.Rank.R1>([batch], 0, 10, 'int32', 2),
  };

  const step = async (index: number) => {
    await alphaStep(engine, alphas, images, { epoch: 0, step: index });
    await weightStep(engine, weights, images, { epoch: 0, step: index, clip: 5 });
    // A device may have the update still before it.
    await model.weightVariables().at(-1)!.data();
  };
  const times = await timed(step, steps, batch);
  await engine.dispose();

  return {
    engine: `noisydarts ${version}, tfjs ${tf.version_core} ${backend}`,
    threads,
    space: model.space.name,
    strategy: values.strategy,
    channels,
    layers,
    batch,
    parameters: model.weightVariables().reduce((sum, variable) => sum + variable.size, 0),
    ...times,
    peak_rss_mb: toMb(process.resourceUsage().maxRSS * 1024),
    backend,
    fast,
    build: wasmBuild() ?? null,
    size,
    wasm_heap_mb: wasmHeapMb(),
    device: device ?? null,
    peak_device_mb: deviceMb(),
    estimated_heap_mb: toMb(
      estimateMemory(model, { batchSize: Math.ceil(batch / threads), inputShape }).bytes,
    ),
  };
}
