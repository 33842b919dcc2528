/** A point of the pad, both coordinates from 0 to 1, y downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The points of a pen's way from setting it down to lifting it. */
export type Stroke = readonly Point[];

/** Side of an image in pixels. */
export const SIDE = 8;

/** Samples of a pixel along each side, as in the data set, whose values count the black ones of 4x4. */
const SAMPLES = 4;
/** Share of black samples: that of the data set, whatever the digit. */
const INK = 0.305;
/** Width of the widest digits, in pixels; all are as high as the image. */
const WIDTH = 6;

/**
 * Strokes as an image of the data set: [8 * 8] values from 0 to 1, row by row.
 *
 * The digits there fill the image's height, stand in its middle and hold equally much ink. So the strokes are moved and
 * scaled, and then drawn with a pen as broad as that takes.
 */
export function rasterize(strokes: readonly Stroke[]): Float32Array {
  const image = new Float32Array(SIDE * SIDE);
  if (strokes.length === 0) return image;
  // The pen's width decides how far the strokes must stay from the border, and the other way round.
  let radius = SIDE / 10;
  let distances: Float32Array = new Float32Array();
  for (let round = 0; round < 3; round++) {
    distances = distancesTo(place(strokes, radius));
    radius = quantile(distances, INK);
  }
  const side = SIDE * SAMPLES;
  distances.forEach((distance, i) => {
    if (distance > radius) return;
    const row = Math.floor(i / side / SAMPLES);
    const column = Math.floor((i % side) / SAMPLES);
    image[row * SIDE + column]! += 1 / SAMPLES ** 2;
  });
  return image;
}

/** The strokes in pixels, as large and in the place that the data set's digits have. */
function place(strokes: readonly Stroke[], radius: number): Stroke[] {
  const points = strokes.flat();
  const extent = (values: number[]) => [Math.min(...values), Math.max(...values)] as const;
  const [left, right] = extent(points.map(({ x }) => x));
  const [top, bottom] = extent(points.map(({ y }) => y));
  const pen = Math.min(radius, 1.2);
  // A dash is no digit, and must not become a bar from border to border.
  const scale = (SIDE - 2 * pen) / Math.max(bottom - top, (right - left) / 4, 1e-3);
  const across = Math.min(scale, (WIDTH - 2 * pen) / Math.max(right - left, 1e-3));
  const middle = SIDE / 2;
  return strokes.map((stroke) =>
    stroke.map(({ x, y }) => ({
      x: middle + across * (x - (left + right) / 2),
      y: middle + scale * (y - (top + bottom) / 2),
    })),
  );
}

/** Distance of every sample from the nearest stroke, in pixels. */
function distancesTo(strokes: readonly Stroke[]): Float32Array {
  const side = SIDE * SAMPLES;
  return Float32Array.from({ length: side * side }, (_, i) => {
    const sample = { x: ((i % side) + 0.5) / SAMPLES, y: (Math.floor(i / side) + 0.5) / SAMPLES };
    let nearest = Number.POSITIVE_INFINITY;
    for (const stroke of strokes) {
      stroke.forEach((point, at) => {
        nearest = Math.min(nearest, distanceToSegment(sample, stroke[at - 1] ?? point, point));
      });
    }
    return nearest;
  });
}

function distanceToSegment(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((p.x - a.x) * dx + (p.y - a.y) * dy) / length;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

function quantile(values: Float32Array, share: number): number {
  return values.slice().sort()[Math.floor(share * (values.length - 1))]!;
}
