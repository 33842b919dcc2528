/** Object detection: data in COCO's form, average precision as COCO computes it, RetinaNet on the maps of a network. */
import { registerDetectionLayers } from './model/register';

registerDetectionLayers();

export { type AnchorOptions, anchors, type Boxes } from './boxes/anchors';
export type {
  CocoAnnotation,
  CocoBox,
  CocoCategory,
  CocoDetection,
  CocoImage,
  CocoInstances,
} from './coco/annotations';
export { type DetectionFigures, type DetectionReport, evaluateDetections } from './coco/evaluate';
export type { DetectionDataset, Picture } from './data/dataset';
export { type DetectOptions, detectObjects, type FoundObject } from './detect';
export { type DetectorEvaluation, evaluateDetector } from './evaluate-detector';
export { type FocalLossOptions, focalLoss } from './losses/focal-loss';
export { createDetector, type Detector, type DetectorOptions, detectorOf } from './model/create-detector';
export type { DetectorTrainingOptions } from './training/options';
export {
  type DetectorEpochEvent,
  type DetectorRecord,
  type DetectorStepEvent,
  type DetectorTrainedEvent,
  type DetectorTrainingEvent,
  trainDetector,
} from './training/train-detector';
