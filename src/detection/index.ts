/** Object detection: data in COCO's form, and average precision as COCO computes it. */
export type {
  CocoAnnotation,
  CocoBox,
  CocoCategory,
  CocoDetection,
  CocoImage,
  CocoInstances,
} from './coco/annotations';
export { type DetectionFigures, type DetectionReport, evaluateDetections } from './coco/evaluate';
