/** Object detection: data in COCO's form, average precision as COCO computes it, anchors and the loss of RetinaNet. */
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
export { type FocalLossOptions, focalLoss } from './losses/focal-loss';
