export { alphaCandidates, mapAlphas } from './alphas';
export { type DartsOptions, type DartsPrimitive, darts } from './darts';
export { type Darts1dPrimitive, darts1d } from './darts-1d';
export { type DefineSpaceOptions, defineSpace, type NameOf, type Primitive } from './define-space';
export {
  alphaShape,
  countEdges,
  type EdgeEnds,
  edgeCandidates,
  edgeEnds,
  edgeIndex,
  nodeEdges,
} from './edges';
export {
  type MobileOperation,
  type MobileOptions,
  type MobilePrimitive,
  mobile,
  mobileCandidates,
  mobileOperationNames,
  mobileOperations,
  temporalOperations,
} from './mobile';
export { type NasBench201Primitive, nasBench201 } from './nas-bench-201';
export { type PrimitiveName, primitiveNames } from './primitives';
export { reductionCells } from './reductions';
export { type RobustDartsName, type RobustDartsPrimitive, robustDarts } from './robust-darts';
export { type TemporalOptions, type TemporalPrimitive, temporal } from './temporal';
export type {
  AlphaName,
  AlphasByKind,
  AnySpace,
  ByAlpha,
  CellCandidates,
  CellSpace,
  CellType,
  DartsSpace,
  MobileLayer,
  MobileSpace,
  ModelSpace,
  NasBench201Space,
  PrimitiveOf,
  SearchSpace,
} from './types';
export { spaceFromJson } from './validate';
