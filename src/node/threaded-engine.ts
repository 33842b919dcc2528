import { LayersModel } from '@tensorflow/tfjs-layers';
import { checkShape } from '../data/check';
import { checkOptions, type OptionKeys } from '../errors';
import type { PackedOptions } from '../layers/options';
import { type GradientEngine, localEngine } from '../search';
import { variablesOf } from '../search/engine';
import { modelSupernet, type Supernet } from '../supernet';
import { ModelSupernet } from '../supernet/model/model-supernet';
import { copyModel } from './model-copy';
import { resolveThreads, type ThreadOptions, Threads } from './threads';
import { wasmBuildHere } from './wasm-build-here';
import type { SearchedSubject } from './worker-protocol';

/** Options of {@link threadedEngine}. */
export interface ThreadedEngineOptions extends ThreadOptions {
  /**
   * Shape of an example: height, width and channels of images, time and channels of signals. Default: that which
   * the supernet was made with, or that of a model of one's own, where all its sides have a length.
   */
  readonly inputShape?: readonly number[];
  /** Whether the workers switch on the fast training kernels. Default true. */
  readonly fast?: boolean;
}

const optionKeys = {
  threads: true,
  inputShape: 'list',
  task: 'object',
  fast: 'flag',
  setup: 'list',
  timeLimit: true,
} satisfies OptionKeys<ThreadedEngineOptions>;

/** The sides of the examples that a supernet was first applied to, as `createSupernet` with `inputShape` does. */
const madeWith = (supernet: Supernet | undefined): readonly (number | null)[] | undefined =>
  (supernet?.inboundNodes?.[0]?.inputShapes[0] as (number | null)[] | undefined)?.slice(1);

/**
 * Spreads every batch over several threads, each with a wasm backend and a copy of the supernet of its own, and averages
 * the gradients.
 *
 * For a given number of threads the result is deterministic. It differs from that of one thread: batch norm takes the
 * statistics of each thread's part, and the running statistics are those of this thread's part, as in PyTorch's
 * DataParallel.
 *
 * Requests are answered one after the other. A worker that fails, or gives no answer in time, makes the request in progress
 * and all later ones fail with its error, as `dispose` does.
 *
 * @param searched - The supernet to search in, built, or a model of one's own that can be made again from its configuration.
 * @throws RangeError for a bad number of threads; Error if a worker cannot start, for example because
 * `@tensorflow/tfjs-backend-wasm` is not installed.
 */
export async function threadedEngine(
  searched: Supernet | LayersModel,
  options: ThreadedEngineOptions = {},
): Promise<GradientEngine> {
  const { fast = true } = checkOptions('threadedEngine', options, optionKeys);
  const resolved = resolveThreads('threadedEngine', options);
  const { threads, task } = resolved;
  const isModel = searched instanceof LayersModel;
  const supernet = isModel ? modelSupernet(searched) : searched;
  const known = isModel ? (supernet as ModelSupernet).inputShape : madeWith(searched);
  const inputShape = (options.inputShape ?? known) as number[];
  checkShape('threadedEngine', 'inputShape', inputShape);
  const subject: SearchedSubject = isModel
    ? { kind: 'model', copy: await copyModel('threadedEngine', searched, describeSearched) }
    : {
        kind: 'supernet',
        options: searched.getConfig().options as unknown as PackedOptions,
        inputShape,
      };
  const build = fast ? (wasmBuildHere() ?? 'simd') : null;
  const variables = variablesOf(supernet, 'both');
  const pool = await Threads.start('threadedEngine', resolved, subject, build, variables);
  const local = localEngine(supernet, task);
  return {
    supernet,
    threads,
    task,
    async gradients(batch, of, moment) {
      const { losses, metrics, grads } = await pool.gradients(
        batch,
        variablesOf(supernet, of),
        'search',
        { of, moment },
        async (part, when) => {
          const { loss, ...rest } = await local.gradients(part, of, when);
          return { losses: [loss], ...rest };
        },
      );
      return { loss: losses[0]!, metrics, grads };
    },
    dispose: () => pool.dispose(),
  };
}

const describeSearched = (model: LayersModel) => new ModelSupernet('threadedEngine', model).description;
