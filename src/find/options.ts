import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Dataset } from '../data';
import type { GenotypeOf } from '../genotype';
import type { NetworkOptions, TrainingOptions } from '../network';
import type { Seed } from '../random';
import type { CheckpointStore } from '../runs';
import type { CommonSearchOptions } from '../search';
import type { PrimitiveOf, SearchSpace } from '../spaces';
import type { SupernetOptions } from '../supernet';
import type { TaskSettings } from '../tasks';

/** Options of {@link findNetwork}. */
export interface FindNetworkOptions<S extends SearchSpace = SearchSpace> {
  /** Where to search. */
  readonly space: S;
  /**
   * What is to be learnt, in search, training and test: one of `noisydarts/tasks`. Default `classification()`.
   *
   * Supernet and network have as many outputs as `train` has classes, or numbers in a target.
   */
  readonly task?: TaskSettings;
  /** Examples to search on and to train on. */
  readonly train: Dataset;
  /** Examples that nothing learns from. */
  readonly test: Dataset;
  /** Seed of everything random. Default 0. */
  readonly seed?: Seed;
  /** Share of `train` that the weights of the supernet learn from in the search; alpha has the rest. Default 0.5. */
  readonly share?: number;
  /** The supernet: noise, strategy, size. Default: the paper's, see `createSupernet`. */
  readonly supernet?: Omit<SupernetOptions<PrimitiveOf<S>>, 'space' | 'classes' | 'inputShape' | 'seed'>;
  /**
   * The search. Default: the paper's, see `search`. Its budgets are about the network that is trained: counted ones count it, a
   * table of latencies must be of its sizes.
   */
  readonly search?: Omit<
    CommonSearchOptions,
    'task' | 'train' | 'valid' | 'seed' | 'checkpoint' | 'resume' | 'signal' | 'engine'
  >;
  /** Size of the network; one of a mobile space has that of the space. Default: see `createNetwork`. */
  readonly network?: Pick<NetworkOptions, 'kind' | 'channels' | 'cells' | 'auxiliary' | 'stemMultiplier'>;
  /** Its training. Default: the paper's, see `trainNetwork`. */
  readonly training?: Omit<
    TrainingOptions,
    'task' | 'train' | 'seed' | 'checkpoint' | 'resume' | 'signal' | 'network' | 'engine'
  >;
  /**
   * Measures the trained network, where a budget limits its latency. Default: `measureModel(network)` of `noisydarts/costs`,
   * on the backend in use; undefined for none, such as where the table is of another device.
   */
  readonly measure?: (
    network: LayersModel,
    genotype: GenotypeOf<S>,
  ) => Promise<{ readonly ms: number; readonly error: number } | undefined>;
  /** Keeps the state of the run; one that holds a run already is gone on with. Default: the run cannot be resumed. */
  readonly store?: CheckpointStore;
  /** Store after this many iterations too. Default: after every epoch. */
  readonly everySteps?: number;
  /** Stops the run after the iteration in progress; its state is stored first if there is a store. */
  readonly signal?: AbortSignal;
}
