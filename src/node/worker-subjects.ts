import * as tf from '@tensorflow/tfjs-core';
import { variableOf } from '../layers/noisy-darts-layer';
import { withoutAuxiliary } from '../network';
import { dropPathsIn } from '../network/drop-path-rate';
import { networkGradients } from '../network/training/engine';
import { batchEvaluation, outputsOf } from '../network/training/evaluate-network';
import { localEngine } from '../search';
import { variablesOf } from '../search/engine';
import { createSupernet, modelSupernet, type SearchedModel } from '../supernet';
import type { TaskSettings } from '../tasks';
import { readerOf } from '../tasks/activation';
import { taskOf } from '../tasks/task';
import { fromHost, type HostTensor, toHost } from './host-tensor';
import { fromCopy } from './model-copy';
import type { PartGradients } from './threads';
import type { Exchange, Handlers, NetworkSubject, SearchedSubject } from './worker-protocol';

/** Puts gradients where the main thread reads them. */
type Hand = (
  variables: readonly tf.Variable[],
  gradients: PartGradients,
) => Promise<Exchange['train']['answer']>;

/** A worker's copy. */
export interface WorkerSubject {
  /** What follows the main thread's variables, in their order. */
  readonly variables: readonly tf.Variable[];
  handlers(hand: Hand): Handlers;
}

/** Gives tensors of this thread to a body, and frees them. */
async function lent<T>(
  { x, y }: { readonly x: HostTensor; readonly y: HostTensor },
  body: (batch: { readonly x: tf.Tensor; readonly y: tf.Tensor }) => Promise<T>,
): Promise<T> {
  const batch = { x: fromHost(x), y: fromHost(y) };
  return body(batch).finally(() => tf.dispose(batch));
}

/** A supernet, or a model that holds mixed edges. */
export async function searchSubject(subject: SearchedSubject, task: TaskSettings): Promise<WorkerSubject> {
  const supernet: SearchedModel =
    subject.kind === 'model'
      ? modelSupernet(await fromCopy(subject.copy))
      : createSupernet({ ...JSON.parse(subject.options.name), inputShape: [...subject.inputShape] });
  const engine = localEngine(supernet, task);
  return {
    variables: variablesOf(supernet, 'both'),
    handlers: (hand) => ({
      search: (ask) =>
        lent(ask, async (batch) => {
          const { loss, ...rest } = await engine.gradients(batch, ask.of, ask.moment);
          return hand(variablesOf(supernet, ask.of), { losses: [loss], ...rest });
        }),
    }),
  };
}

/** A network. */
export async function networkSubject(
  { copy }: NetworkSubject,
  settings: TaskSettings,
): Promise<WorkerSubject> {
  const network = await fromCopy(copy);
  const variables = network.weights.map(variableOf);
  const main = withoutAuxiliary(network);
  const task = taskOf(settings, 'threadedNetwork', readerOf(main));
  return {
    variables,
    handlers: (hand) => ({
      train: (ask) =>
        lent(ask, async (batch) => {
          for (const [i, layer] of dropPathsIn(network).entries()) layer.rate = ask.dropPath[i]!;
          const of = ask.of.map((i) => variables[i]!);
          return hand(of, await networkGradients(network, task, batch, ask, of));
        }),
      evaluate: (ask) => lent(ask, batchEvaluation(main, task, ask.classes)),
      async predict(ask) {
        const x = fromHost(ask.x);
        const outputs = outputsOf(main, x);
        return toHost(outputs).finally(() => tf.dispose([x, outputs]));
      },
    }),
  };
}
