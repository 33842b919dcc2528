import { checkOptions } from '../errors';
import type { CocoDetection } from './coco/annotations';
import { type DetectionReport, evaluateDetections } from './coco/evaluate';
import { checkDetectionDataset, classesOf, type DetectionDataset } from './data/dataset';
import { DETECT_KEYS, type DetectOptions, detectObjects } from './detect';
import { type Detector, requireDetector } from './model/create-detector';

/** What {@link evaluateDetector} gives. */
export interface DetectorEvaluation extends DetectionReport {
  /** Every box, in pixels of the picture as the annotations know it: COCO's results format. */
  readonly detections: readonly CocoDetection[];
}

/**
 * A detector's average precision on a data set, picture by picture.
 *
 * @throws TypeError or RangeError for what is no detector or no data set.
 */
export async function evaluateDetector(
  detector: Detector,
  dataset: DetectionDataset,
  options: DetectOptions = {},
): Promise<DetectorEvaluation> {
  requireDetector('evaluateDetector', detector);
  checkDetectionDataset('evaluateDetector', dataset, 'the data set');
  checkOptions('evaluateDetector', options, DETECT_KEYS);
  const categories = classesOf(dataset.instances);
  const detections: CocoDetection[] = [];
  for (const [i, image] of dataset.instances.images.entries()) {
    const picture = await dataset.read(i);
    const [sx, sy] = [image.width / picture.width, image.height / picture.height];
    const [found] = await detectObjects(detector, [picture], options);
    for (const { bbox, label, score } of found!) {
      const category = categories[label];
      if (!category) continue;
      const [x, y, w, h] = bbox;
      detections.push({
        image_id: image.id,
        category_id: category.id,
        bbox: [x * sx, y * sy, w * sx, h * sy],
        score,
      });
    }
  }
  return { ...evaluateDetections(dataset.instances, detections), detections };
}
