import { parentPort, workerData } from 'node:worker_threads';
import type { Dataset } from '../data';
import { prepareBatch } from '../data/prepare-batch';
import { openDataset } from './datasets/open';
import type { PrefetchAnswer, PrefetchFailure, PrefetchRequest, PrefetchStart } from './prefetch-protocol';

// The thread of prefetch(): opens the data set anew and makes the batches it is asked for, in order.

const port = parentPort!;
const answer = (message: PrefetchAnswer, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);

function failureOf(error: unknown): PrefetchFailure {
  return error instanceof Error
    ? { error: error.name, message: error.message }
    : { error: 'Error', message: String(error) };
}

async function load(module: string): Promise<{ readonly default?: () => Dataset }> {
  try {
    return await import(module);
  } catch (error) {
    const { message } = failureOf(error);
    throw new TypeError(
      `prefetch: module cannot be loaded (${message}), got '${module}'; pass the URL of one whose default export opens the data set`,
    );
  }
}

async function open(start: PrefetchStart): Promise<Dataset> {
  if ('origin' in start) return openDataset(start.origin);
  const { default: create } = await load(start.module);
  if (typeof create !== 'function') {
    throw new TypeError(
      `prefetch: '${start.module}' has no function for its default export, got ${typeof create}; export one that opens the data set`,
    );
  }
  return create();
}

async function serve(): Promise<void> {
  const dataset = await open(workerData as PrefetchStart);
  // One after the other, so that the batch that is needed first is not slowed down by those after it.
  let last: Promise<void> = Promise.resolve();
  const make = async ({ id, request }: PrefetchRequest) => {
    try {
      const batch = await prepareBatch(dataset, request);
      answer({ kind: 'batch', id, batch }, [batch.x.buffer as ArrayBuffer, batch.y.buffer as ArrayBuffer]);
    } catch (error) {
      answer({ kind: 'failed', id, failure: failureOf(error) });
    }
  };
  port.on('message', (request: PrefetchRequest) => {
    last = last.then(() => make(request));
  });
  const { size, shape, classes, targets } = dataset;
  answer({ kind: 'ready', dataset: { size, shape, classes, targets } });
}

serve().catch((error) => answer({ kind: 'unusable', failure: failureOf(error) }));
