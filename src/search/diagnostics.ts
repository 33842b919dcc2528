import type { HessianOptions, LanczosOptions } from '../analysis';
import type { AnySpace, ByAlpha, SearchSpace } from '../spaces';
import type { DiscretisationGap, DiscretisationGapOptions } from './discretisation-gap';

/** How a search measures the largest eigenvalue; what Hessian and Lanczos iteration take, with defaults for a curve. */
export interface EigenvalueOptions
  extends Pick<HessianOptions, 'step' | 'weightDecay' | 'average'>,
    LanczosOptions {
  /** How many validation images, the first ones, in one batch. Default: the search's batch size. */
  readonly images?: number;
}

/** What a search measures about itself; see {@link Diagnostics}. */
export interface DiagnosticsOptions {
  /** Measure after this many epochs, and after the last. Default 1. */
  readonly every?: number;
  /**
   * The largest eigenvalue of the Hessian of the validation loss over alpha, with the alphas' weight decay on its diagonal.
   * Up to 15 products of two gradients each (`iterations`), fewer if it is known to 1 % (`tolerance`). Default false.
   */
  readonly eigenvalue?: boolean | EigenvalueOptions;
  /** The discretisation gap, two evaluations of the validation set or of its first images. Default false. */
  readonly gap?: boolean | Omit<DiscretisationGapOptions, 'batchSize' | 'normalize' | 'task'>;
}

/** The ends of the Hessian's spectrum. */
export interface EigenvalueDiagnostic {
  /** Its largest eigenvalue, which RobustDARTS watches. */
  readonly max: number;
  /** Its smallest eigenvalue. */
  readonly min: number;
  /** Bound of the error of both, if the products were exact. */
  readonly residual: number;
}

/** What a search has measured about itself at the end of an epoch: plain JSON. Numbers of an alpha go by its name. */
export interface Diagnostics<S extends AnySpace = SearchSpace> {
  /** How many operations that the genotype keeps are skip connections, by the names of `keptOperations`. */
  readonly skipCount: Readonly<Record<string, number>>;
  /** The share of the edge weights that lies on skip connections, from 0 to 1. */
  readonly skipShare: ByAlpha<S, number>;
  /** The entropy of an edge's weights in nats, mean over the edges: from 0 to ln K for K candidates. */
  readonly entropy: ByAlpha<S, number>;
  /** Present if asked for. */
  readonly eigenvalue?: EigenvalueDiagnostic;
  /** Present if asked for. */
  readonly gap?: DiscretisationGap;
}
