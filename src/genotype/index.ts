export type { AlphaMatrix } from './alpha';
export { type CellAlphas, type DecodeOptions, decodeGenotype, genotypeWeights } from './decode';
export { decodeAlphas } from './decode-alphas';
export {
  type DrawCellOptions,
  type DrawGenotypeOptions,
  type DrawNasBench201CellOptions,
  type DrawOptions,
  drawCell,
  drawGenotype,
  drawNasBench201Cell,
} from './drawing/draw';
export { type DrawMobileOptions, drawMobile } from './drawing/draw-mobile';
export { drawModelGenotype } from './drawing/draw-model';
export type { DrawingTheme } from './drawing/theme';
export { type GenotypeBound, genotypeWithin } from './genotype-within';
export { genotypeFromJson, genotypeToJson } from './json';
export { genotypeMixture } from './mixture';
export { decodeMobile } from './mobile';
export { decodeNasBench201, nasBench201FromString, nasBench201ToString } from './nas-bench-201';
export {
  type NasBench201Entry,
  type NasBench201Table,
  type NasBench201TableOptions,
  nasBench201Table,
} from './nas-bench-201-table';
export { keptOperations } from './operations';
export { genotypeFromPython, genotypesFromPython, genotypeToPython, type WritePythonOptions } from './python';
export { randomGenotype } from './random-genotype';
export { type RankedGenotype, topGenotypes } from './top-genotypes';
export type {
  Genotype,
  GenotypeEdge,
  GenotypeOf,
  GenotypesByKind,
  MobileGenotype,
  ModelGenotype,
  NasBench201Cell,
} from './types';
export { type ReadGenotypeOptions, validateGenotype } from './validate';
