import { rangeError } from '../../errors';
import type { Dataset } from '../dataset';
import { sizeOf } from '../shape';

/** Targets that are maps over their examples, and move with them. */
export interface Maps {
  readonly shape: readonly number[];
  /** The map of one example, to be changed in place. */
  at(example: number): Float32Array;
}

/** Whether targets have the axes of their examples, but for the last. */
export function areMaps({ shape, targets }: Pick<Dataset, 'shape' | 'targets'>): boolean {
  const sides = (all: readonly number[]) => all.slice(0, -1).join();
  return targets !== undefined && shape.length > 1 && sides(targets.shape) === sides(shape);
}

/** The maps among targets, if they are. */
export function mapsOf(
  shape: readonly number[],
  targets: Dataset['targets'],
  y: Int32Array | Float32Array,
): Maps | undefined {
  if (!areMaps({ shape, targets })) return undefined;
  const size = sizeOf(targets!.shape);
  return {
    shape: targets!.shape,
    at: (example) => (y as Float32Array).subarray(example * size, (example + 1) * size),
  };
}

/** Refuses to move examples whose targets are maps of another extent: nobody knows where these would have to go. */
export function checkMaps(fn: string, what: string, { name, shape, targets }: Dataset): void {
  if (!targets || targets.shape.length === 1 || areMaps({ shape, targets })) return;
  throw rangeError(
    fn,
    `${what} cannot move the targets of '${name}' with examples of ${shape.join('x')}`,
    targets.shape,
    'leave it out, or use an augmentation of your own',
  );
}
