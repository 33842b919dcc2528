import { type ImageDataset, inMemory } from 'noisydarts';

/** CIFAR-10's images at half their width and height, means of 2x2 pixels: [16, 16, 3]. */
export async function halved(dataset: ImageDataset): Promise<ImageDataset> {
  const [height, width, channels] = dataset.shape;
  const { images, labels } = await dataset.read(Array.from({ length: dataset.size }, (_, i) => i));
  const row = width * channels;
  const narrow = width / 2;
  const small = Float32Array.from({ length: images.length / 4 }, (_, at) => {
    const [channel, place] = [at % channels, Math.floor(at / channels)];
    // Images lie below each other, so that rows count on from one to the next.
    const corner = 2 * Math.floor(place / narrow) * row + 2 * (place % narrow) * channels + channel;
    return [0, channels, row, row + channels].reduce((sum, step) => sum + images[corner + step]!, 0) / 4;
  });
  return inMemory({
    name: 'cifar10-16',
    images: small,
    labels,
    shape: [height / 2, narrow, channels],
    classes: dataset.classes!,
  });
}
