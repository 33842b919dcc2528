import { oneOf, parseOptions } from './options';
import { flags, inRounds, middle, ours } from './rounds';

/** Channels, cells and images a batch of the supernets that are measured: over width and depth, and over the batch. */
const GRIDS = {
  cells: [8, 16, 32].flatMap((channels) => [4, 8, 16, 20].map((layers) => ({ channels, layers, batch: 16 }))),
  batch: [
    ...[16, 32, 64].map((batch) => ({ channels: 16, layers: 8, batch })),
    ...[16, 32, 64, 128].map((batch) => ({ channels: 8, layers: 8, batch })),
  ],
  small: [4, 8].flatMap((channels) => [4, 8].map((layers) => ({ channels, layers, batch: 16 }))),
} as const;

/** What a search step of the paper's supernet costs at one size. */
export interface SizeRow {
  readonly channels: number;
  readonly layers: number;
  readonly batch: number;
  readonly seconds_per_image: number;
  readonly cpu_seconds_per_image: number;
  readonly wasm_heap_mb: number;
  readonly estimated_heap_mb: number;
  /** Estimate over heap. */
  readonly estimate_ratio: number;
}

/** Measures every size of some grids once, a step after the first; sizes that two grids share once. */
export function sizeRows(
  grids: readonly (keyof typeof GRIDS)[],
  tell: (row: SizeRow) => void = () => {},
): SizeRow[] {
  const all = new Map(
    grids.flatMap((grid) => GRIDS[grid].map((size) => [JSON.stringify(size), size] as const)),
  );
  return [...all.values()].map((size) => {
    const { step } = inRounds({ step: ours('supernet', ...flags({ ...size, steps: 1 })) }, 1);
    const [heap, estimate] = [middle(step, 'wasm_heap_mb'), middle(step, 'estimated_heap_mb')];
    const row = {
      ...size,
      seconds_per_image: middle(step, 'seconds_per_image'),
      cpu_seconds_per_image: middle(step, 'cpu_seconds_per_image'),
      wasm_heap_mb: heap,
      estimated_heap_mb: estimate,
      estimate_ratio: Number((estimate / heap).toFixed(3)),
    };
    tell(row);
    return row;
  });
}

/**
 * Seconds an image and heap of a search step against the size of the paper's supernet: `--what cells` over channels and cells,
 * `batch` over images a batch, `small` over a few small ones, several with commas between. A line of JSON a size, with what
 * `estimateMemory` says of its heap; the last line has the farthest estimates.
 */
export async function sizes(args: string[]): Promise<object> {
  const { values } = parseOptions({ args, options: { what: { type: 'string', default: 'cells,batch' } } });
  const words = Object.keys(GRIDS) as (keyof typeof GRIDS)[];
  const rows = sizeRows(
    values.what.split(',').map((word) => oneOf('what', word, words)),
    (row) => console.log(JSON.stringify(row)),
  );
  const estimates = rows.map((row) => row.estimate_ratio);
  return {
    benchmark: 'sizes',
    lowest_estimate: Math.min(...estimates),
    highest_estimate: Math.max(...estimates),
  };
}
