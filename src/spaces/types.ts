/** Which of the two searched cells is meant: the one that keeps the map's size, or the one that halves it. */
export type CellType = 'normal' | 'reduce';

/** Candidates edge by edge, in the order of the edges; all lists are equally long. */
export type CellCandidates<P extends string = string> = readonly (readonly P[])[];

/** What every space has, whatever its cells look like. All of it is plain JSON. */
interface SpaceBase<P extends string> {
  /** Name for reports and files. */
  readonly name: string;
  /** Every primitive of the space, in the order of alpha's columns (where `edges` does not say otherwise). */
  readonly primitives: readonly P[];
}

/** What every space of cells has. */
interface CellSpaceBase<P extends string> extends SpaceBase<P> {
  /** Nodes that sum their incoming edges; the cell's inputs are not counted. */
  readonly nodes: number;
}

/**
 * A space of the DARTS kind: a normal and a reduction cell, each fed by the two cells before it. Of the edges into a
 * node the two strongest survive the search, and the last nodes are concatenated.
 */
export interface DartsSpace<P extends string = string> extends CellSpaceBase<P> {
  readonly kind: 'darts';
  /** How many nodes, counted from the last, make up the cell's output. */
  readonly multiplier: number;
  /** Width of the stem as a multiple of the first cell's channels. */
  readonly stemMultiplier: number;
  /** The cells that halve the map: those at one and two thirds of the depth, or these, counted from 0. */
  readonly reductions: 'thirds' | readonly number[];
  /** The candidates of each edge, where they differ from edge to edge. Default: all primitives on every edge. */
  readonly edges?: { readonly [cell in CellType]: CellCandidates<P> };
}

/**
 * A space of the NAS-Bench-201 kind: one searched cell fed by the cell before it, in which every edge survives with
 * its best operation, `none` included, and the last node is the output. Fixed residual blocks halve the map.
 */
export interface NasBench201Space<P extends string = string> extends CellSpaceBase<P> {
  readonly kind: 'nas-bench-201';
  /** Stacks of equal cells; the width doubles and the map halves from one to the next. */
  readonly stages: number;
}

/** One searched layer of a mobile space. */
export interface MobileLayer {
  /** Channels of the output. */
  readonly filters: number;
  readonly stride: number;
}

/**
 * A space of the mobile kind: a chain of layers, each of which is searched by itself, between a fixed stem and a fixed
 * head.
 */
export interface MobileSpace<P extends string = string> extends SpaceBase<P> {
  readonly kind: 'mobile';
  /** Channels of the stem, a 3x3 convolution of stride 2. */
  readonly stem: number;
  /** Channels of the first block, a fixed separable one. */
  readonly first: number;
  /** The searched layers. */
  readonly layers: readonly MobileLayer[];
  /** Channels of the last 1x1 convolution. */
  readonly features: number;
  /** Width of squeeze-and-excitation as a share of a block's input channels; 0 for none. */
  readonly squeezeRatio: number;
  /** Activation inside the blocks. */
  readonly activation: 'relu' | 'swish';
}

/** A space whose cells are searched. */
export type CellSpace<P extends string = string> = DartsSpace<P> | NasBench201Space<P>;

/** A search space as data: plain JSON, with the names of its primitives as a literal type. */
export type SearchSpace<P extends string = string> = CellSpace<P> | MobileSpace<P>;

/** The mixed edges of somebody's own model as a space: each edge is searched by itself. `modelSpace` tells it. */
export interface ModelSpace<P extends string = string> extends SpaceBase<P> {
  readonly kind: 'model';
  /** The candidates of every edge by its name, in the order of alpha. */
  readonly edges: Readonly<Record<string, readonly P[]>>;
}

/** All that can be searched: a space that supernets are made of, or the edges of a model. */
export type AnySpace<P extends string = string> = SearchSpace<P> | ModelSpace<P>;

/** The primitives of a space, as a union of literals. */
export type PrimitiveOf<S extends AnySpace> = S['primitives'][number];

/** A value for each alpha matrix, by the kind of the space. */
export interface AlphasByKind<T> {
  readonly darts: { readonly [cell in CellType]: T };
  readonly 'nas-bench-201': { readonly cell: T };
  readonly mobile: { readonly [layer: `layer_${number}`]: T };
  readonly model: { readonly [edge: string]: T };
}

/** A value for each of a space's alpha matrices, by the matrix's name: that of the cell, layer or edge that is searched. */
export type ByAlpha<S extends AnySpace, T> = AlphasByKind<T>[S['kind']];

/** The names of a space's alpha matrices. */
export type AlphaName<S extends AnySpace = SearchSpace> = {
  [kind in S['kind']]: Extract<keyof AlphasByKind<unknown>[kind], string>;
}[S['kind']];
