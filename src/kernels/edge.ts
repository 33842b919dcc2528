import * as tf from '@tensorflow/tfjs-core';
import { rangeError } from '../errors';
import { type Shape4, strided } from './geometry';
import type { DrawPosition, NoiseFormula } from './noise';

/** A batch norm. */
export interface FusedNorm {
  /** Running mean [C]. */
  readonly mean: tf.Variable;
  /** Running variance [C]. */
  readonly variance: tf.Variable;
  /** Share of the newest batch in the running statistics. */
  readonly momentum: number;
  /** Added to the variance. */
  readonly epsilon: number;
  /** Scale and offset [C], or none. */
  readonly affine: readonly tf.Variable[];
}

/** Squeeze-and-excitation: `y = x * sigmoid(W2 act(W1 mean(x) + b1) + b2)`. */
export interface FusedExcitation {
  /** W1 [1, 1, C, R], b1 [R], W2 [1, 1, R, C], b2 [C]. */
  readonly variables: readonly tf.Variable[];
  readonly activation: 'relu' | 'swish';
}

/** Activation, convolution and batch norm. */
export interface FusedBlock {
  /**
   * Filter [k, k, C, 1]: the convolution is a depthwise one, with a pointwise one behind it if there is a `filter`. Without, it is
   * dense and of stride 1.
   */
  readonly depthwise?: tf.Variable<tf.Rank.R4>;
  /** Of the pointwise convolution, [1, 1, C, C'], or of the dense one, [k, k, C, C'], k odd. */
  readonly filter?: tf.Variable<tf.Rank.R4>;
  readonly stride: number;
  /** Default 1. */
  readonly dilation?: number;
  /** What comes first. Default `'relu'`. */
  readonly activation?: 'linear' | 'relu' | 'swish' | undefined;
  /** What lies between the activation and a dense convolution of side 1. Default nothing. */
  readonly excitation?: FusedExcitation | undefined;
  readonly norm: FusedNorm;
}

/** Noise on a map, and which numbers it is made of. */
export interface FusedNoise {
  readonly formula: NoiseFormula;
  readonly position: DrawPosition;
}

/** What a fused kernel can do for one candidate of an edge. */
export type FusedCandidate =
  | {
      readonly kind: 'blocks';
      readonly blocks: readonly FusedBlock[];
      /** Whether the edge's input is added. Default false. */
      readonly residual?: boolean;
    }
  | {
      readonly kind: 'pool';
      readonly pool: 'max' | 'avg';
      readonly stride: number;
      readonly norm: FusedNorm | undefined;
    }
  | { readonly kind: 'identity'; readonly noise?: FusedNoise }
  | { readonly kind: 'zero' };

/** A term of an edge's mixture: a candidate the kernel computes, or the output of one it cannot. */
export type FusedTerm = FusedCandidate | { readonly kind: 'given'; readonly y: tf.Tensor4D };

/** What {@link EdgeKernel} is called with: plain data. */
export interface EdgeCall {
  /** Maps [N, H, W, C]. */
  readonly x: tf.Tensor4D;
  /** Weights of the mixture [K]. */
  readonly weights: tf.Tensor1D;
  /** The K terms. */
  readonly terms: readonly FusedTerm[];
  /**
   * Partial channels, of kernels that are `partial`: the terms, of stride 1 and none of them given, read the first C/share
   * channels and give as many; the others pass by, multiplied by the last weight if there are K + 1; all are shuffled. Default 1.
   */
  readonly share?: number | undefined;
  /**
   * Whether norms go by the statistics of the batch; if not they go by the running ones, and no gradient is asked for. Default
   * false.
   */
  readonly training?: boolean | undefined;
  /** Whether training updates running statistics. Default true. */
  readonly updateStatistics?: boolean | undefined;
  /** Whether gradients of the terms' variables may be asked for. Default true. */
  readonly weightGradients?: boolean | undefined;
  /** Whether the gradient of `weights` may be asked for. Default true. */
  readonly alphaGradients?: boolean | undefined;
}

/**
 * A whole mixed edge as one kernel, differentiable in training: `y = sum_k weights[k] term_k(x)`, which keeps less and launches
 * less than its parts.
 */
export interface EdgeKernel {
  /** Which of several that differ in the last bits it is, for checkpoints. */
  readonly build?: string;
  /** Whether it takes calls with a `share`. */
  readonly partial?: boolean;
  /** Whether it computes a candidate; of one that it does not it is given the output. */
  takes(candidate: FusedCandidate, training?: boolean): boolean;
  /** Computes an edge. */
  run(call: EdgeCall): tf.Tensor4D;
}

const kernels = new Map<string, EdgeKernel>();

/** Offers an edge kernel for a backend; undefined withdraws it. */
export function setEdgeKernel(backend: string, kernel: EdgeKernel | undefined): void {
  if (kernel) kernels.set(backend, kernel);
  else kernels.delete(backend);
}

/** The edge kernel of a backend, if there is one. */
export function edgeKernel(backend: string): EdgeKernel | undefined {
  return kernels.get(backend);
}

/** One function for every kind of term: a kind without one does not compile. */
export type TermTable<Args extends readonly unknown[], Result> = {
  readonly [K in FusedTerm['kind']]: (term: Extract<FusedTerm, { kind: K }>, ...args: Args) => Result;
};

/** The function of terms that a table amounts to. */
export function byKind<Args extends readonly unknown[], Result>(
  table: TermTable<Args, Result>,
): (term: FusedTerm, ...args: Args) => Result {
  return (term, ...args) => (table[term.kind] as (term: FusedTerm, ...args: Args) => Result)(term, ...args);
}

/** A map that a term computes, and the norm behind it. */
export interface FusedMap {
  readonly shape: Shape4;
  readonly norm: FusedNorm;
  /** What excites the map that it is made of. */
  readonly excitation?: FusedExcitation | undefined;
}

/** What there is to know of a term before any backend computes it. */
export interface TermFacts {
  /** Shape of what it puts into the sum; undefined if it takes no part. */
  readonly output: Shape4 | undefined;
  /** The maps that are kept of it for the way back, in order; what it puts into the sum is the last one, normalised. */
  readonly maps: readonly FusedMap[];
  /** The variables that gradients flow to. */
  readonly variables: readonly tf.Variable[];
  /** Its output, if that was computed elsewhere. */
  readonly given?: tf.Tensor4D;
}

const NOTHING = { maps: [], variables: [] };

/** The variables of a block that gradients flow to: its filters, those of the excitation, then scale and offset of its norm. */
export const blockVariables = ({ depthwise, filter, excitation, norm }: FusedBlock): tf.Variable[] =>
  [depthwise ?? [], filter ?? [], excitation?.variables ?? [], norm.affine].flat() as tf.Variable[];

/** The facts of a term on maps of shape `input`. */
export const termFacts = /* @__PURE__ */ byKind<[input: Shape4], TermFacts>({
  blocks({ blocks }, input) {
    let output = input;
    const maps = blocks.map(({ stride, filter, excitation, norm }) => {
      output = strided(output, stride, filter?.shape[3]);
      return { shape: output, norm, excitation };
    });
    return { output, maps, variables: blocks.flatMap(blockVariables) };
  },
  pool({ stride, norm }, input) {
    const output = strided(input, stride);
    return { ...NOTHING, output, maps: norm ? [{ shape: output, norm }] : [] };
  },
  identity: (_, input) => ({ ...NOTHING, output: input }),
  zero: () => ({ ...NOTHING, output: undefined }),
  given: ({ y }) => ({ ...NOTHING, output: y.shape, given: y }),
});

/** The facts of an edge's terms. */
export const edgeFacts = ({ x, terms, share = 1 }: EdgeCall): TermFacts[] => {
  const [n, h, w, channels] = x.shape;
  return terms.map((term) => termFacts(term, [n, h, w, channels / share]));
};

/** What a backend computes an edge's gradients from. */
export interface EdgeSaved {
  readonly x: tf.TensorInfo;
  readonly weights: tf.TensorInfo;
  /** Outputs computed elsewhere, in the order of their terms. */
  readonly given: readonly tf.TensorInfo[];
  /** What the forward pass kept. */
  readonly kept: readonly tf.TensorInfo[];
}

/** Gradients of what an edge takes. */
export interface EdgeGradients {
  /** May be missing if no term reads the input. */
  readonly x: tf.TensorInfo | undefined;
  /** May be missing if it was not asked for. */
  readonly weights: tf.TensorInfo | undefined;
  /** In the order of their terms. */
  readonly given: readonly tf.TensorInfo[];
  /** Of the variables of all terms, in order; empty if they were not asked for. */
  readonly variables: readonly tf.TensorInfo[];
}

/** A backend's two passes over an edge; the caller owns what they return. */
export interface EdgePasses {
  readonly forward: (facts: readonly TermFacts[]) => {
    readonly y: tf.TensorInfo;
    readonly kept: readonly tf.TensorInfo[];
  };
  readonly backward: (dy: tf.TensorInfo, saved: EdgeSaved, facts: readonly TermFacts[]) => EdgeGradients;
}

const tensorOf = (info: tf.TensorInfo): tf.Tensor => tf.engine().makeTensorFromTensorInfo(info);

/** An edge that a backend computes, as an operation with gradients. What it keeps is freed when its way back is done. */
export function differentiableEdge(call: EdgeCall, { forward, backward }: EdgePasses): tf.Tensor4D {
  const { x, weights, alphaGradients = true, weightGradients = true } = call;
  const facts = edgeFacts(call);
  const single = facts.flatMap(({ maps }) => maps).find(({ shape: [n, h, w] }) => n * h * w < 2);
  if (single) {
    throw rangeError(
      'NoisyDartsBatchNorm',
      'training needs more than one value a channel',
      single.shape,
      'use a larger batch or larger maps',
    );
  }
  const given = facts.flatMap((term) => term.given ?? []);
  // What no gradient is asked of, or can be, stays out of the arguments, so that asking for it is an error.
  const input = facts.some((term) => term.output && !term.given) ? [x] : [];
  const mixture = alphaGradients ? [weights] : [];
  const variables = weightGradients ? facts.flatMap((term) => term.variables) : [];
  const edge = tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as tf.GradSaveFunc;
    const { y, kept } = forward(facts);
    save([x, weights, ...given, ...kept.map(tensorOf)]);
    return {
      value: tensorOf(y),
      gradFunc: (dy, saved) => {
        const [savedX, savedWeights, ...rest] = saved as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
        const inputs = {
          x: savedX,
          weights: savedWeights,
          given: rest.slice(0, given.length),
          kept: rest.slice(given.length),
        };
        const grads = backward(dy, inputs, facts);
        // tfjs would keep them to the end of the whole backward pass.
        tf.dispose(saved);
        return [
          ...input.map(() => grads.x!),
          ...mixture.map(() => grads.weights!),
          ...grads.given,
          ...grads.variables,
        ].map(tensorOf);
      },
    };
  });
  return edge(...input, ...mixture, ...given, ...variables) as tf.Tensor4D;
}
