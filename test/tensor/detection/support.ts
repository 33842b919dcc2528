import { createDetector, type DetectionDataset } from 'noisydarts/detection';
import { createMobileNetwork, type MobileBlock } from 'noisydarts/network';
import { disposeWeights } from '../../../src/layers/noisy-darts-layer';

/** A block of four channels. */
export const block = (stride: number): MobileBlock => ({
  type: 'inverted',
  filters: 4,
  kernelSize: 3,
  stride,
  expansion: 1,
});

const small = () =>
  createMobileNetwork(
    {
      name: 'small',
      stem: 4,
      blocks: [block(2), block(2), block(2), block(2)],
      features: 4,
      squeezeRatio: 0,
      activation: 'relu',
    },
    { classes: 2, inputShape: [64, 64, 3] },
  );

/** A detector that is freed with its backbone. */
export function withDetector(classes = 2) {
  const backbone = small();
  const detector = createDetector({ backbone, classes, width: 8 });
  const weights = new Set([...backbone.weights, ...detector.model.weights]);
  return { detector, free: () => disposeWeights({ weights: [...weights] } as never) };
}

/** Pictures with a bright box on black, of class 0 left and of class 1 right. */
export const pictures: DetectionDataset = {
  name: 'boxes',
  size: 3,
  instances: {
    images: [0, 1, 2].map((id) => ({ id, file_name: `${id}.png`, width: 64, height: id === 2 ? 96 : 60 })),
    categories: [
      { id: 7, name: 'right' },
      { id: 3, name: 'left' },
    ],
    annotations: [
      { id: 1, image_id: 0, category_id: 3, bbox: [2, 10, 30, 30], area: 900 },
      { id: 2, image_id: 1, category_id: 7, bbox: [30, 20, 30, 34], area: 1020 },
      { id: 3, image_id: 2, category_id: 7, bbox: [30, 40, 30, 30], area: 900 },
    ],
  },
  async read(index) {
    const { width, height } = this.instances.images[index]!;
    const [x, y, w, h] = this.instances.annotations[index]!.bbox;
    const pixels = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
      const [row, column] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width];
      return row >= y && row < y + h && column >= x && column < x + w ? 255 : 0;
    });
    return { width, height, pixels };
  },
};
