import type { CocoBox } from './annotations';

/**
 * Intersection over union of a found box and an object's; over the found box's own area where the object is a crowd, since
 * what lies in a crowd lies in it whole.
 */
export function overlap([x, y, w, h]: CocoBox, [X, Y, W, H]: CocoBox, crowd: boolean): number {
  const width = Math.min(x + w, X + W) - Math.max(x, X);
  if (width <= 0) return 0;
  const height = Math.min(y + h, Y + H) - Math.max(y, Y);
  if (height <= 0) return 0;
  const shared = width * height;
  return shared / (crowd ? w * h : w * h + W * H - shared);
}
