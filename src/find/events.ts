import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { GenotypeOf } from '../genotype';
import type { NetworkEvaluation, TrainingEvent, TrainingRecord } from '../network';
import type { DoneEvent, SearchEvent } from '../search';
import type { SearchSpace } from '../spaces';

/** What a search ended in. */
export type SearchResult<S extends SearchSpace = SearchSpace> = Omit<DoneEvent<S>, 'type'>;

/** What {@link findNetwork} found. */
export interface FoundNetwork<S extends SearchSpace = SearchSpace> {
  readonly genotype: GenotypeOf<S>;
  /** The network of the genotype with its best weights; the caller's to dispose. */
  readonly network: LayersModel;
  /** Its evaluation on the test examples; in other tasks than classification by labels loss and metrics alone. */
  readonly test: NetworkEvaluation;
  /** The search; of a limit on the latency what the network takes as measured stands beside it in `budget`. */
  readonly search: SearchResult<S>;
  /** The epochs of the training, and the one that the weights are of. */
  readonly training: { readonly history: readonly TrainingRecord[]; readonly best: number };
}

/** Between search and training, also where a run goes on in the training. */
export interface SearchedEvent<S extends SearchSpace = SearchSpace> extends SearchResult<S> {
  readonly type: 'searched';
  readonly stage: 'training';
}

/** Last event of a run that reached its end. */
export interface TestedEvent<S extends SearchSpace = SearchSpace> extends FoundNetwork<S> {
  readonly type: 'tested';
  readonly stage: 'test';
}

/** Everything that {@link findNetworkEvents} reports: the events of search and training with their stage, and its own two. */
export type FindEvent<S extends SearchSpace = SearchSpace> =
  | (SearchEvent<S> & { readonly stage: 'search' })
  | (TrainingEvent & { readonly stage: 'training' })
  | SearchedEvent<S>
  | TestedEvent<S>;
