import {
  type CocoDetection,
  type CocoInstances,
  type DetectionFigures,
  evaluateDetections,
} from '../../src/detection';
import { describeGolden } from './support/fixtures';

interface CocoFixture {
  readonly annotations: CocoInstances;
  readonly detections: readonly CocoDetection[];
  readonly stats: DetectionFigures;
}

describeGolden<CocoFixture>('coco', ({ annotations, detections, stats }, golden) => {
  golden.case('the figures of pycocotools', () => {
    const { figures } = evaluateDetections(annotations, detections);
    golden.compareAll('stats', { ...figures }, { ...stats });
  });
});
