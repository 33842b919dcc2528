import { checkOptions, type OptionKeys, rangeError, requireList } from '../../errors';

/** Boxes by their corners, four numbers each: left, top, right and bottom edge in pixels. */
export type Boxes = Float32Array;

/** Options of {@link anchors}. */
export interface AnchorOptions {
  /** Pixels of the picture a cell of each level's map, ascending. Default [8, 16, 32, 64, 128]: P3 to P7. */
  readonly strides?: readonly number[];
  /** Side of a square anchor of scale 1, in cells of its map. Default 4. */
  readonly size?: number;
  /** Factors of the side. Default [1, 2^(1/3), 2^(2/3)]. */
  readonly scales?: readonly number[];
  /** Heights over widths; the area stays. Default [0.5, 1, 2]. */
  readonly ratios?: readonly number[];
}

const KEYS = { strides: true, size: true, scales: true, ratios: true } satisfies OptionKeys<AnchorOptions>;

/** What a detector's anchors are where nothing else is asked for: RetinaNet's. */
export const RETINANET_ANCHORS: Required<AnchorOptions> = {
  strides: [8, 16, 32, 64, 128],
  size: 4,
  scales: [1, 2 ** (1 / 3), 2 ** (2 / 3)],
  ratios: [0.5, 1, 2],
};

/** Refuses settings of anchors that are no lists of positive numbers; fills in the defaults. */
export function resolveAnchors(fn: string, options: AnchorOptions): Required<AnchorOptions> {
  checkOptions(fn, options, KEYS);
  const usual = RETINANET_ANCHORS;
  const { strides = usual.strides, size = usual.size } = options;
  const { scales = usual.scales, ratios = usual.ratios } = options;
  for (const [name, list] of Object.entries({ strides, scales, ratios, size: [size] })) {
    requireList(fn, name, list, `pass for example [${RETINANET_ANCHORS[name as 'ratios']}]`);
    if (list.length === 0 || !list.every((value) => Number.isFinite(value) && value > 0))
      throw rangeError(fn, `${name} must be positive numbers`, list, 'leave it out for the usual ones');
  }
  if (!strides.every((stride, i) => Number.isInteger(stride) && (i === 0 || stride > strides[i - 1]!)))
    throw rangeError(fn, 'strides must be whole numbers, ascending', strides, 'pass for example [8, 16, 32]');
  return { strides, size, scales, ratios };
}

/** Cells of the map of a stride: every level halves, rounding up. */
export const cellsOf = (pixels: number, stride: number): number => Math.ceil(pixels / stride);

/**
 * The anchors of a picture: at every cell (row, column) of every level one for each ratio and scale, around
 * (column * stride, row * stride), `height = size * stride * scale * sqrt(ratio)`, `width = height / ratio`.
 *
 * @returns Level by level, row by row; at a cell ratio by ratio, and of a ratio scale by scale.
 * @throws RangeError if the picture has no size or an option is no positive number.
 *
 * Source: Lin et al., "Focal Loss for Dense Object Detection", section 4; the corners of cells as in mmdetection, which the
 * paper used.
 */
export function anchors(height: number, width: number, options: AnchorOptions = {}): Boxes {
  const { strides, size, scales, ratios } = resolveAnchors('anchors', options);
  for (const pixels of [height, width])
    if (!(Number.isInteger(pixels) && pixels > 0))
      throw rangeError(
        'anchors',
        'height and width must be whole numbers of pixels',
        pixels,
        'pass for example 256',
      );
  const cells = strides.map((stride) => cellsOf(height, stride) * cellsOf(width, stride));
  const boxes = new Float32Array(4 * ratios.length * scales.length * cells.reduce((sum, n) => sum + n, 0));
  let at = 0;
  for (const stride of strides) {
    for (let row = 0; row < cellsOf(height, stride); row++) {
      for (let column = 0; column < cellsOf(width, stride); column++) {
        for (const ratio of ratios) {
          for (const scale of scales) {
            const h = size * stride * scale * Math.sqrt(ratio);
            const w = h / ratio;
            const [x, y] = [column * stride, row * stride];
            boxes.set([x - w / 2, y - h / 2, x + w / 2, y + h / 2], at);
            at += 4;
          }
        }
      }
    }
  }
  return boxes;
}

/** Sizes of pictures whose anchors are kept: a data set has few, of up to 3 MB each. */
const KEPT = 8;
const known = new WeakMap<object, Map<string, Boxes>>();

/** The anchors of a picture, which are those of the last pictures of its size; not to be written to. */
export function anchorsOf(
  [height, width]: readonly [height: number, width: number],
  of: AnchorOptions,
): Boxes {
  const sizes = known.get(of) ?? new Map<string, Boxes>();
  known.set(of, sizes);
  const size = `${height}x${width}`;
  const boxes = sizes.get(size) ?? anchors(height, width, of);
  // What was asked for last stays longest.
  sizes.delete(size);
  sizes.set(size, boxes);
  if (sizes.size > KEPT) sizes.delete(sizes.keys().next().value!);
  return boxes;
}
