import type { ImageDataset } from '../../../src/data';

/** Opens a data set of one's own: image i is all i / 100, label i mod 3. Some images are traps for the thread. */
export default function open(): ImageDataset {
  return {
    name: 'own',
    size: 50,
    shape: [2, 2, 1],
    classes: 3,
    read(indices) {
      const list = Array.from(indices);
      if (list.includes(48)) throw new RangeError('read: image 48 is a trap');
      if (list.includes(49)) process.exit(7);
      return {
        images: Float32Array.from(list.flatMap((i) => new Array<number>(4).fill(i / 100))),
        labels: Int32Array.from(list, (i) => i % 3),
      };
    },
  };
}
