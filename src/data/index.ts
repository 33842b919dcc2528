export {
  type Augmentation,
  type AugmentationOptions,
  augmentation,
  type CropOptions,
  type CutoutOptions,
  cutout,
  type Maps,
  type MixOptions,
  measureNormalization,
  type Normalization,
  normalizations,
  normalize,
  type OwnAugmentation,
  type OwnAugmentationContext,
  randomCrop,
  randomFlip,
} from './augment';
export { type Batch, type BatchingOptions, batchCount } from './batch';
export { cifar10Layout, type DecodeCifar10Options, decodeCifar10 } from './cifar10';
export {
  type Cifar100Labels,
  cifar100Layout,
  type DecodeCifar100Options,
  decodeCifar100,
} from './cifar100';
export { concatenate } from './concatenate';
export { type CyclingBatches, type CyclingBatchesOptions, cyclingBatches } from './cycling-batches';
export type {
  BatchRequest,
  Dataset,
  ExampleBatch,
  ImageBatch,
  ImageDataset,
  ImageShape,
  InMemoryDataset,
  RawBatch,
  ValueTargets,
} from './dataset';
export { type DecodeDigitsOptions, decodeDigits } from './digits';
export { divideDigits } from './divide-digits';
export { type EpochBatchesOptions, epochBatches } from './epoch-batches';
export { type EvaluationBatchesOptions, evaluationBatches } from './evaluation-batches';
export { type ArrayDataset, type FromArraysOptions, fromArrays } from './from-arrays';
export { type FromGeneratorOptions, fromGenerator, type Sample } from './from-generator';
export { type FromTensorsOptions, fromTensors, type OneOrMore } from './from-tensors';
export { type FromTfDataOptions, fromTfData, type TfDataset } from './from-tf-data';
export { type InMemoryOptions, inMemory } from './in-memory';
export { type DecodedRecords, decodeRecords, type RecordLayout, type RecordSource } from './records';
export type { ShuffledOptions } from './shuffled';
export { type SplitOptions, split } from './split';
export { type IndexRange, type Part, subset } from './subset';
