import {
  type DetectionDataset,
  type DetectOptions,
  type Detector,
  detectObjects,
} from 'noisydarts/detection';
import { pictureUrl } from '../../node/datasets/picture-url';
import type { ShownPicture } from '../../node/report/detection';

/** Pictures that a report shows, and the score from which it shows a box. */
const SHOWN = 8;
const SCORE = 0.3;

/** The first pictures of a data set with their boxes, true and found. */
export async function showPictures(
  detector: Detector,
  dataset: DetectionDataset,
  options: DetectOptions,
): Promise<ShownPicture[]> {
  const { images, annotations, categories } = dataset.instances;
  const names = [...categories].sort((a, b) => a.id - b.id).map(({ name }) => name);
  const nameOf = new Map(categories.map(({ id, name }) => [id, name]));
  const shown: ShownPicture[] = [];
  for (const [i, image] of images.slice(0, SHOWN).entries()) {
    const picture = await dataset.read(i);
    const [found] = await detectObjects(detector, [picture], { ...options, score: SCORE });
    const [sx, sy] = [picture.width / image.width, picture.height / image.height];
    shown.push({
      name: image.file_name,
      width: picture.width,
      height: picture.height,
      href: await pictureUrl(picture),
      real: annotations
        .filter(({ image_id }) => image_id === image.id)
        .map(({ bbox: [x, y, w, h], category_id }) => ({
          bbox: [x * sx, y * sy, w * sx, h * sy],
          label: nameOf.get(category_id)!,
        })),
      found: found!.map(({ bbox, label, score }) => ({ bbox, label: names[label]!, score })),
    });
  }
  return shown;
}
