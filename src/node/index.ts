export { type FileContent, writeFileAtomic } from './atomic-write';
export { type ReadCifar10Options, readCifar10 } from './datasets/cifar10';
export { type ReadCifar100Options, readCifar100 } from './datasets/cifar100';
export { type ReadCocoOptions, readCoco } from './datasets/coco';
export { readDigits } from './datasets/digits';
export {
  type IdxPaths,
  type ReadIdxOptions,
  type ReadMnistOptions,
  readIdx,
  readMnist,
} from './datasets/idx';
export type { SkippedFile } from './datasets/image-files';
export {
  type ImageFolderDataset,
  type ReadImageFolderOptions,
  readImageFolder,
} from './datasets/image-folder';
export type {
  DatasetOrigin,
  FileDataset,
  ImageFit,
  ImageFolderOrigin,
  RecordFile,
  RecordFilesOptions,
} from './datasets/origin';
export { type ReadSvhnOptions, readSvhn } from './datasets/svhn';
export type { UnpackOptions } from './datasets/unpack';
export { fileStore } from './file-store';
export { type RecordFindOptions, recordFind } from './find-folder';
export { type Interrupt, type InterruptOptions, stopOnInterrupt } from './interrupt';
export { readNasBench201Table } from './nas-bench-201-table';
export { type PrefetchedDataset, type PrefetchOptions, prefetch } from './prefetch';
export { type ProgressEvent, type ProgressOptions, withProgress } from './progress';
export type { WeightNumbers } from './quantized-weights';
export { type AlphaHistoryOptions, drawAlphaHistory } from './report/alpha-charts';
export {
  drawExperiment,
  type ExperimentColumn,
  type ExperimentMeasure,
  type ExperimentReport,
  renderExperiment,
  type SampleSummary,
  sampleSummary,
} from './report/experiment';
export type { FoundReport } from './report/found-section';
export { type DrawLandscapeOptions, drawLandscape } from './report/landscape';
export { drawPareto, type ParetoOptions, type ParetoRun } from './report/pareto';
export { renderReport } from './report/report';
export type { RunReport } from './report/run';
export { type RecordRunOptions, recordRun } from './run-folder';
export { describeRun, type RunSettings } from './run-settings';
export { readSafetensors, writeSafetensors } from './safetensors';
export {
  type LoadedModel,
  loadModel,
  type ModelMetadata,
  type SaveModelOptions,
  saveModel,
} from './saved-model';
export { type ThreadedEngineOptions, threadedEngine } from './threaded-engine';
export {
  type NetworkOutputs,
  type PredictOptions,
  type ThreadedNetwork,
  type ThreadedNetworkOptions,
  threadedNetwork,
} from './threaded-network';
export type { ThreadOptions } from './threads';
export {
  type RegisterWebGPUOptions,
  registerWebGPU,
  type WebGPUDevice,
} from './webgpu/register-webgpu';
