import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { batchCount, type Dataset, evaluationBatches, type Normalization } from '../data';
import { checkDataset } from '../data/check';
import { checkOptions, type OptionKeys, rangeError, typeError } from '../errors';
import { weightVariables } from '../layers';
import { describeSides, exampleShape, isOfSides } from '../layers/flat-model';
import { layersWithin, variableOf } from '../layers/noisy-darts-layer';
import { type NetworkEngine, withoutAuxiliary } from '../network';
import { dropPathsIn } from '../network/drop-path-rate';
import { checkNetwork } from '../network/training/check-network';
import { networkGradients } from '../network/training/engine';
import { outputsOf, prepareEvaluation } from '../network/training/evaluate-network';
import { readerOf } from '../tasks/activation';
import { taskOf } from '../tasks/task';
import { type HostTensor, toHost } from './host-tensor';
import { copyModel } from './model-copy';
import { spreadBatches } from './spread-batches';
import { resolveThreads, type ThreadOptions, Threads } from './threads';
import { wasmBuildHere } from './wasm-build-here';

/** Options of {@link threadedNetwork}. */
export interface ThreadedNetworkOptions extends ThreadOptions {}

const optionKeys = {
  threads: true,
  task: 'object',
  setup: 'list',
  timeLimit: true,
} satisfies OptionKeys<ThreadedNetworkOptions>;

/** Options of {@link ThreadedNetwork.predict}. */
export interface PredictOptions {
  /** Examples a batch. Default 128. */
  readonly batchSize?: number;
  /** The normalisation of the training examples. Default none. */
  readonly normalize?: Normalization | undefined;
}

/** Outputs of a network for every example of a data set. */
export interface NetworkOutputs {
  /** [examples, ...outputs]. */
  readonly shape: readonly number[];
  /** The outputs, one example after the other: of a network for classification its logits. */
  readonly values: Float32Array;
}

/** A network that is trained, evaluated and used on several threads. */
export interface ThreadedNetwork extends NetworkEngine {
  /**
   * The outputs for every example, in the order of the data set, in evaluation mode and without the auxiliary head: to the bit
   * what one thread computes.
   *
   * @throws TypeError if the examples are of another shape than the network's.
   */
  predict(dataset: Dataset, options?: PredictOptions): Promise<NetworkOutputs>;
}

/** What a copy must have in common with a network. */
const describe = (network: LayersModel) => layersWithin(network).map((layer) => layer.getClassName());

/**
 * Trains, evaluates and uses a network on several threads, each with a wasm backend and a copy of it: as `engine` of
 * `trainNetwork()` and `trainingStep()`, and by itself through `evaluate` and `predict`. The workers run the kernels that this
 * thread runs.
 *
 * In training every batch is shared among the threads and the gradients are averaged. For a given number of threads the result
 * is deterministic; it differs from that of one thread: batch norm takes the statistics of each thread's part, and the running
 * statistics are those of this thread's part, as in PyTorch's DataParallel. Evaluation gives whole batches to the threads, so
 * that loss, metrics and outputs are those of one thread to the bit.
 *
 * Requests are answered one after the other. A worker that fails, or gives no answer in time, makes the request in progress
 * and all later ones fail with its error, as `dispose` does.
 *
 * @param network - One that can be made again from its configuration.
 * @throws RangeError for a bad number of threads, and on another backend than wasm; TypeError for what is no network, or one
 * that cannot be made again; Error if a worker cannot start.
 */
export async function threadedNetwork(
  network: LayersModel,
  options: ThreadedNetworkOptions = {},
): Promise<ThreadedNetwork> {
  checkOptions('threadedNetwork', options, optionKeys);
  checkNetwork('threadedNetwork', network);
  const resolved = resolveThreads('threadedNetwork', options);
  const { threads, task: settings } = resolved;
  if (tf.getBackend() !== 'wasm')
    throw rangeError(
      'threadedNetwork',
      'the threads compute on wasm, and so must this one',
      tf.getBackend(),
      "call await tf.setBackend('wasm') first",
    );
  const main = withoutAuxiliary(network);
  const task = taskOf(settings, 'threadedNetwork', readerOf(main));
  const subject = { kind: 'network', copy: await copyModel('threadedNetwork', network, describe) } as const;
  const variables = network.weights.map(variableOf);
  const at = new Map(variables.map((variable, i) => [variable, i]));
  const pool = await Threads.start('threadedNetwork', resolved, subject, wasmBuildHere() ?? null, variables);
  return {
    network,
    threads,
    task: settings,
    gradients(batch, { moment, auxiliaryWeight }) {
      const trained = weightVariables(network);
      const of = trained.map((variable) => at.get(variable)!);
      const dropPath = dropPathsIn(network).map(({ rate }) => rate);
      return pool.gradients(
        batch,
        trained,
        'train',
        { moment, auxiliaryWeight, of, dropPath },
        (part, when) => networkGradients(network, task, part, { moment: when, auxiliaryWeight }, trained),
      );
    },
    async evaluate(dataset, given = {}) {
      const evaluation = await prepareEvaluation(network, dataset, { ...given, task: settings });
      const { batches, batchSize, classes, score, add, result } = evaluation;
      const count = batchCount(dataset, { batchSize });
      await pool.inTurn(async (version) => {
        const scored = spreadBatches(
          batches,
          count,
          pool.workers,
          async (worker, { x, y }) =>
            worker.ask('evaluate', { version, classes, x: await toHost(x), y: await toHost(y) }),
          score,
        );
        for await (const each of scored) add(each.result, each.size);
      });
      return result();
    },
    async predict(dataset, given = {}) {
      checkOptions('predict', given, { batchSize: 'count', normalize: 'object' });
      const { batchSize = 128, normalize } = given;
      checkDataset('predict', dataset);
      const expected = exampleShape('predict', main);
      if (!isOfSides(dataset.shape, expected))
        throw typeError(
          'predict',
          `'${dataset.name}' must have examples of ${describeSides(expected)} like the network's`,
          dataset.shape,
          'pass images of the shape that the network was made for',
        );
      const outputs: HostTensor[] = [];
      await pool.inTurn(async (version) => {
        const computed = spreadBatches(
          evaluationBatches(dataset, { batchSize, normalize }),
          batchCount(dataset, { batchSize }),
          pool.workers,
          async (worker, { x }) => worker.ask('predict', { version, x: await toHost(x) }),
          async ({ x }) => {
            const output = outputsOf(main, x);
            return toHost(output).finally(() => output.dispose());
          },
        );
        for await (const { result } of computed) outputs.push(result);
      });
      return joined(outputs, dataset.size);
    },
    dispose: () => pool.dispose(),
  };
}

/** The outputs of batches, one behind the other. */
function joined(outputs: readonly HostTensor[], size: number): NetworkOutputs {
  const each = outputs[0]!.shape.slice(1);
  const values = new Float32Array(outputs.reduce((sum, output) => sum + output.values.length, 0));
  let offset = 0;
  for (const output of outputs) {
    values.set(output.values, offset);
    offset += output.values.length;
  }
  return { shape: [size, ...each], values };
}
