import { describe, expect, it } from 'vitest';
import { anchors, anchorsOf } from '../../../src/detection/boxes/anchors';
import { assignAnchors, BACKGROUND, LEFT_OUT } from '../../../src/detection/boxes/assign';
import { decodeBox, encodeBox } from '../../../src/detection/boxes/code';
import { stream } from '../../../src/random';
import { farthest } from '../../support/close';
import pytorch from '../../tensor/detection/pytorch.json';

const [height, width] = pytorch.anchors.size as [number, number];
const small = anchors(height, width, { strides: pytorch.anchors.strides });

describe('anchors', () => {
  it('are those that PyTorch works out', () => {
    expect(farthest('anchors', small, pytorch.anchors.boxes, 1e-6)).toEqual([]);
  });

  it('are nine a cell of five levels, of areas (4 stride scale)^2 around the corners of cells', () => {
    const [h, w] = [800, 1333];
    const all = anchors(h, w);
    const cells = [8, 16, 32, 64, 128].map((stride) => Math.ceil(h / stride) * Math.ceil(w / stride));
    expect(all.length / 4).toBe(9 * cells.reduce((a, b) => a + b));
    const area = (i: number) => (all[4 * i + 2]! - all[4 * i]!) * (all[4 * i + 3]! - all[4 * i + 1]!);
    const expected = [0, 1, 2].flatMap(() => [0, 1, 2].map((k) => (32 * 2 ** (k / 3)) ** 2));
    expect(
      farthest(
        'areas',
        Array.from({ length: 9 }, (_, i) => area(i)),
        expected,
        1e-5,
      ),
    ).toEqual([]);
    const last = all.length / 4 - 9;
    expect((all[4 * last]! + all[4 * last + 2]!) / 2).toBeCloseTo(128 * (Math.ceil(w / 128) - 1), 2);
  });

  it('are kept for the sizes of the last pictures, and the usual ones where an option is undefined', () => {
    const usual = { size: undefined, scales: undefined } as object;
    const first = anchorsOf([32, 64], usual);
    expect(first).toEqual(anchors(32, 64));
    expect(anchorsOf([32, 64], usual)).toBe(first);
    expect(anchorsOf([32, 64], { size: 2 })).not.toEqual(first);
    for (let side = 1; side <= 8; side++) anchorsOf([32 * side, 32], usual);
    expect(anchorsOf([32, 64], usual)).not.toBe(first);
  });

  it('refuses pictures without a size, and settings that are none', () => {
    expect(() => anchors(0, 5)).toThrow(/^anchors: height and width must be whole numbers of pixels, got 0/);
    expect(() => anchors(8, 8, { strides: [16, 8] })).toThrow(/strides must be whole numbers, ascending/);
    expect(() => anchors(8, 8, { ratios: [] })).toThrow(/ratios must be positive numbers/);
    expect(() => anchors(8, 8, { scale: [1] } as object)).toThrow(/there is no such option, got 'scale'/);
  });
});

describe('coding', () => {
  it('comes back by decoding, for boxes within the picture', () => {
    const random = stream('boxes').generator();
    const code = new Float32Array(small.length);
    for (let a = 0; a < small.length / 4; a++) {
      const [x, y] = [random.uniform() * (width - 8), random.uniform() * (height - 8)];
      const box = [
        x,
        y,
        x + 8 + random.uniform() * (width - x - 8),
        y + 8 + random.uniform() * (height - y - 8),
      ];
      encodeBox(box, 0, small, a, code);
      const back = decodeBox(code, small, a, [height, width]);
      expect(farthest(`box of anchor ${a}`, back, box, 1e-5)).toEqual([]);
    }
  });

  it('cuts decoded boxes off at the edges, and sides at 62.5 times the anchor’s', () => {
    const anchor = Float32Array.of(0, 0, 10, 10);
    expect(decodeBox([0, 0, 50, 50], anchor, 0, [20, 30])).toEqual([0, 0, 30, 20]);
    const [left, , right] = decodeBox([0, 0, 50, 0], Float32Array.of(500, 0, 510, 10), 0, [20, 1010]);
    expect(right - left).toBeCloseTo(625, 3);
  });
});

describe('assignAnchors', () => {
  const objects = {
    boxes: Float32Array.from(pytorch.match.objects),
    classes: [...Array(pytorch.match.objects.length / 4).keys()],
  };

  it('gives each anchor the object that PyTorch finds, and its code', () => {
    const { classes, codes, positives } = assignAnchors(small, objects);
    expect([...classes]).toEqual(pytorch.match.found);
    expect(new Set(pytorch.match.found).size, 'every outcome occurs').toBe(6);
    expect(positives).toBe(pytorch.match.found.filter((object) => object >= 0).length);
    expect(farthest('codes', codes, pytorch.match.codes, 1e-5)).toEqual([]);
  });

  it('leaves background within a crowd out, and teaches background alone where there is no object', () => {
    const crowds = Float32Array.of(0, 0, 40, 40);
    const { classes, positives } = assignAnchors(small, { boxes: new Float32Array(0), classes: [], crowds });
    expect(positives).toBe(0);
    expect(new Set(classes)).toEqual(new Set([BACKGROUND, LEFT_OUT]));
  });
});
