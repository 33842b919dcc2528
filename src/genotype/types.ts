import type { AnySpace, PrimitiveOf, SearchSpace } from '../spaces';

/** An edge that survived the search: its operation and the state it starts from. */
export type GenotypeEdge<P extends string = string> = readonly [primitive: P, input: number];

/**
 * The two cells a search ends in. Every node has two edges, listed one after the other; the states are numbered so
 * that 0 and 1 are the two previous cells (c_{k-2}, c_{k-1}) and 2 is the first node. It is plain JSON.
 */
export interface Genotype<P extends string = string> {
  /** The normal cell's edges, two a node, the first node's first. */
  readonly normal: readonly GenotypeEdge<P>[];
  /** The states that make up the normal cell's output. */
  readonly normalConcat: readonly number[];
  /** The reduction cell's edges, two a node, the first node's first. */
  readonly reduce: readonly GenotypeEdge<P>[];
  /** The states that make up the reduction cell's output. */
  readonly reduceConcat: readonly number[];
}

/**
 * A cell of NAS-Bench-201: for each node, the operation on its edge from each earlier state, in order. State 0 is the
 * cell's input; the last node is its output.
 */
export type NasBench201Cell<P extends string = string> = readonly (readonly GenotypeEdge<P>[])[];

/** What a search in a mobile space ends in: the operation of every layer. It is plain JSON. */
export interface MobileGenotype<P extends string = string> {
  readonly layers: readonly P[];
}

/** What a search in a model of one's own ends in: the operation of every mixed edge, by the name of its layer. Plain JSON. */
export type ModelGenotype<P extends string = string> = Readonly<Record<string, P>>;

/** What a search ends in, by the kind of its space. */
export interface GenotypesByKind<P extends string> {
  readonly darts: Genotype<Exclude<P, 'none'>>;
  readonly 'nas-bench-201': NasBench201Cell<P>;
  readonly mobile: MobileGenotype<P>;
  readonly model: ModelGenotype<Exclude<P, 'none'>>;
}

/** What a search in a space ends in, with the space's own primitives. */
export type GenotypeOf<S extends AnySpace = SearchSpace> = GenotypesByKind<PrimitiveOf<S>>[S['kind']];
