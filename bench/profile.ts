import * as tf from '@tensorflow/tfjs-core';
import { adam, createSupernet, gaussianNoise, sgd } from 'noisydarts';
import { countCost } from 'noisydarts/network';
import { alphaStep, localEngine, weightStep } from 'noisydarts/search';
import { instanceOn } from '../src/wasm/instance';
import { useBackend } from './backend';
import { NETWORKS, networkStep } from './network';
import { count, oneOf, parseOptions, searchSpace, searchStrategy } from './options';

/** Milliseconds that the processor has worked for this process: on a machine with other work to do the clock says less. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Steps that are not counted. */
const WARM = 2;

/** A clock of nested calls: what runs inside another does not count for it. */
class Stopwatch {
  readonly spent = new Map<string, { calls: number; milliseconds: number }>();
  #inner = 0;

  watched<Args extends readonly unknown[], Result>(
    name: string,
    run: (...args: Args) => Result,
  ): (...args: Args) => Result {
    const entry = { calls: 0, milliseconds: 0 };
    this.spent.set(name, entry);
    return (...args) => {
      const before = this.#inner;
      this.#inner = 0;
      const start = worked();
      try {
        return run(...args);
      } finally {
        const whole = worked() - start;
        entry.milliseconds += whole - this.#inner;
        entry.calls += 1;
        this.#inner = before + whole;
      }
    };
  }

  reset(): void {
    for (const entry of this.spent.values()) Object.assign(entry, { calls: 0, milliseconds: 0 });
  }
}

/**
 * Where a step spends its time: calls of every function of the WebAssembly module and of every kernel of tfjs (without what
 * these call), their processor time, and their share of the step; what is left is JavaScript. The step is one of a search (`--what
 * search`, of `--space` and `--strategy`), or what `network` measures (`train`, `infer`, `folded`, of `--network`).
 */
export async function profile(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    options: {
      what: { type: 'string', default: 'search' },
      network: { type: 'string', default: 'plain' },
      channels: { type: 'string', default: '16' },
      layers: { type: 'string', default: '8' },
      batch: { type: 'string', default: '16' },
      size: { type: 'string', default: '32' },
      steps: { type: 'string', default: '3' },
      space: { type: 'string', default: 'darts' },
      strategy: { type: 'string', default: 'darts' },
    },
  });
  const what = oneOf('what', values.what, ['search', 'train', 'infer', 'folded']);
  const kind = oneOf('network', values.network, NETWORKS);
  const batch = count('batch', values.batch);
  const size = count('size', values.size);
  const channels = count('channels', values.channels);
  const layers = count('layers', values.layers);
  await useBackend({ backend: 'wasm', fast: true });
  const instance = await instanceOn(tf.backend());
  const watch = new Stopwatch();
  const functions = Object.entries(instance.functions).map(
    ([name, run]: [string, (...numbers: unknown[]) => unknown]) => [name, watch.watched(name, run)],
  );
  Object.assign(instance, { functions: Object.fromEntries(functions) });

  const { step, multiplyAdds, passes } =
    what === 'search'
      ? searchStep({ space: values.space, strategy: values.strategy, channels, layers, batch, size })
      : networkStep({ what, kind, channels, layers, batch, size });
  const steps = count('steps', values.steps);
  // The engine compiles a function anew once it has run for a while.
  for (let index = 0; index < WARM; index++) await step(index);
  for (const kernel of tf.getKernelsForBackend('wasm')) {
    Object.assign(kernel, {
      kernelFunc: watch.watched(`${kernel.kernelName}, in JavaScript`, kernel.kernelFunc),
    });
  }
  watch.reset();
  const start = worked();
  for (let index = 0; index < steps; index++) await step(WARM + index);
  const total = (worked() - start) / steps;
  const rows = [...watch.spent]
    .filter(([, { calls }]) => calls > 0)
    .sort(([, a], [, b]) => b.milliseconds - a.milliseconds)
    .map(([name, { calls, milliseconds }]) => row(name, calls / steps, milliseconds / steps, total));
  const known = [...watch.spent.values()].reduce((sum, { milliseconds }) => sum + milliseconds / steps, 0);
  // A multiply-add is two operations.
  const gflop = (2 * passes * multiplyAdds) / 1e9;
  return {
    what,
    batch,
    step_cpu_seconds: Number((total / 1000).toFixed(3)),
    gflop_an_image: Number(gflop.toFixed(3)),
    gflops: Number(((gflop * batch) / (total / 1000)).toFixed(1)),
    rows: [...rows, row('the rest', null, total - known, total)],
  };
}

interface SearchOptions {
  readonly space: string;
  readonly strategy: string;
  readonly channels: number;
  readonly layers: number;
  readonly batch: number;
  readonly size: number;
}

function searchStep({ space: name, strategy, channels, layers, batch, size }: SearchOptions) {
  const space = searchSpace(name);
  const supernet = createSupernet({
    space,
    strategy: searchStrategy(strategy),
    noise: gaussianNoise({ std: 0.2 }),
    ...(space.kind === 'mobile' ? {} : { channels, cells: layers }),
    inputShape: [size, size, 3],
  });
  const engine = localEngine(supernet);
  const weights = sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 3e-4 });
  const alphas = adam({ learningRate: 3e-4, betas: [0.5, 0.999], weightDecay: 1e-3 });
  const images = {
    x: tf.randomNormal<tf.Rank.R4>([batch, size, size, 3], 0, 1, 'float32', 1),
    y: tf.randomUniform<tf.Rank.R1>([batch], 0, 10, 'int32', 2),
  };
  return {
    step: async (index: number) => {
      await alphaStep(engine, alphas, images, { epoch: 0, step: index });
      await weightStep(engine, weights, images, { epoch: 0, step: index });
    },
    multiplyAdds: countCost(supernet).total.multiplyAdds,
    // Convolutions forward twice, by their inputs twice, by their filters once.
    passes: 5,
  };
}

const row = (name: string, calls: number | null, milliseconds: number, total: number) => ({
  name,
  calls,
  milliseconds: Number(milliseconds.toFixed(1)),
  share: Number((milliseconds / total).toFixed(3)),
});
