import type { Stroke } from '../../examples/serve/strokes';

/** A part of an ellipse, clockwise from the top, in turns. */
function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number): Stroke {
  const count = Math.ceil(24 * Math.abs(to - from)) + 1;
  return Array.from({ length: count }, (_, i) => {
    const angle = 2 * Math.PI * (from + ((to - from) * i) / (count - 1));
    return { x: cx + rx * Math.sin(angle), y: cy - ry * Math.cos(angle) };
  });
}

const line = (...points: [x: number, y: number][]): Stroke => points.map(([x, y]) => ({ x, y }));

/** The ten digits as people draw them: strokes on a pad of side 1. */
export const handwritten: readonly (readonly Stroke[])[] = [
  [arc(0.5, 0.5, 0.2, 0.3, 0, 1)],
  [line([0.42, 0.3], [0.52, 0.2], [0.52, 0.8])],
  [[...arc(0.5, 0.35, 0.18, 0.15, -0.22, 0.36), ...line([0.32, 0.8], [0.7, 0.8])]],
  [[...arc(0.48, 0.35, 0.17, 0.15, -0.2, 0.5), ...arc(0.48, 0.65, 0.19, 0.16, 0, 0.72)]],
  [line([0.45, 0.2], [0.28, 0.58], [0.72, 0.58]), line([0.6, 0.42], [0.54, 0.82])],
  [[...line([0.68, 0.2], [0.38, 0.2], [0.36, 0.46]), ...arc(0.48, 0.62, 0.2, 0.18, -0.04, 0.68)]],
  [[...line([0.6, 0.2], [0.42, 0.4], [0.34, 0.62]), ...arc(0.5, 0.64, 0.16, 0.16, 0.75, -0.28)]],
  [line([0.32, 0.22], [0.7, 0.22], [0.45, 0.8]), line([0.4, 0.52], [0.66, 0.52])],
  [[...arc(0.5, 0.34, 0.14, 0.14, 0.5, -0.5), ...arc(0.5, 0.64, 0.17, 0.16, 0, 1)]],
  [[...arc(0.5, 0.36, 0.16, 0.15, 0.25, -0.75), ...line([0.66, 0.36], [0.62, 0.62], [0.5, 0.8])]],
];
