import { rangeError, typeError } from '../errors';
import { type Cell, FactorizedReduce, NoisyDartsLayer, NoisyOp } from '../layers';
import { DartsSupernet } from './darts';
import type { Supernet } from './supernet';

/** Options of {@link estimateMemory}. */
export interface EstimateMemoryOptions {
  /** Images a batch. */
  readonly batchSize: number;
  /** Height, width and channels of an image. */
  readonly inputShape: readonly [number, number, number];
}

/** What a training step needs at its peak, in bytes. */
export interface MemoryEstimate {
  /** All of it. */
  readonly bytes: number;
  /** Maps kept for the way back. */
  readonly activations: number;
  /** Weights, running statistics, and the optimizers' buffers. */
  readonly parameters: number;
}

type Size = readonly [height: number, width: number];

const half = ([height, width]: Size): Size => [Math.ceil(height / 2), Math.ceil(width / 2)];
const pixels = ([height, width]: Size) => height * width;

/** Numbers an image that one candidate keeps in the fused edge kernel. */
function candidateNumbers(op: unknown, size: Size, channels: number): number {
  const noisy = op instanceof NoisyOp;
  const inner = noisy ? op.layer : op;
  if (inner instanceof FactorizedReduce) {
    // Two halves, their concatenation, the normalised map; with noise the disturbed one.
    return (3 + Number(noisy)) * pixels(half(size)) * channels;
  }
  const fused = inner instanceof NoisyDartsLayer ? inner.fused() : undefined;
  if (fused?.kind === 'blocks') {
    const out = fused.blocks[0]!.stride === 2 ? half(size) : size;
    return fused.blocks.length * pixels(out) * channels;
  }
  if (fused?.kind === 'pool') return pixels(fused.stride === 2 ? half(size) : size) * channels;
  if (fused) return 0;
  // A layer this library knows nothing about: its output, and once more for what it keeps.
  return 2 * pixels(size) * channels;
}

/** Numbers an image that one cell keeps inside, and the size of its output. */
function cellNumbers(cell: Cell, size: Size): { inside: number; output: Size } {
  const out = cell.reduction ? half(size) : size;
  const { filters } = cell;
  // Both preprocessed inputs before and after their norm; a factorized one also its halves.
  let inside = (4 + Number(cell.preprocess0 instanceof FactorizedReduce)) * pixels(size) * filters;
  inside += cell.nodes * pixels(out) * filters;
  let edge = 0;
  for (let node = 0; node < cell.nodes; node++) {
    for (let input = 0; input < 2 + node; input++) {
      const from = input < 2 ? size : out;
      for (const op of cell.edges[edge]!.ops) inside += candidateNumbers(op, from, filters);
      edge++;
    }
  }
  return { inside, output: out };
}

/** Whether {@link estimateMemory} knows how the supernet is made. */
export function canEstimateMemory(supernet: Supernet): supernet is DartsSupernet {
  return supernet instanceof DartsSupernet;
}

/**
 * Memory that a search step takes at its peak with the training kernels of `noisydarts/wasm`, before it is run.
 *
 * The maps that each layer keeps for the way back, from the shapes of the network, plus weights, statistics and momentum,
 * and half of what the backend's memory grows by at a time: 20 %, at most 96 MB. `recompute: 'cell'` counts the widest cell instead of all.
 *
 * @param supernet - Built, of a DARTS space; see {@link canEstimateMemory}.
 * @throws RangeError for a batch that is not a positive integer; TypeError for the supernet of another kind of space.
 */
export function estimateMemory(
  supernet: Supernet,
  { batchSize, inputShape: [height, width, channels] }: EstimateMemoryOptions,
): MemoryEstimate {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw rangeError(
      'estimateMemory',
      'batchSize must be a positive integer',
      batchSize,
      'use for example 64',
    );
  }
  if (!canEstimateMemory(supernet)) {
    throw typeError(
      'estimateMemory',
      'only supernets of DARTS spaces can be estimated',
      supernet.space.kind,
      'run one step and look at tf.memory()',
    );
  }
  let size: Size = [height, width];
  // The image, the stem's convolution and its normalised map.
  let kept = pixels(size) * (channels + 2 * supernet.stem.filters);
  let widest = 0;
  for (const cell of supernet.cells) {
    const { inside, output } = cellNumbers(cell, size);
    if (supernet.recompute) widest = Math.max(widest, inside);
    else kept += inside;
    const joined = pixels(output) * cell.multiplier * cell.filters;
    // tfjs holds the gradients of a cell's output, both parts and their sum, to the end of the way back. Without
    // recomputation the maps of later cells have made room for them by then.
    kept += supernet.recompute ? 4 * joined : joined;
    size = output;
  }
  const activations = 4 * batchSize * (kept + widest);
  const weights = supernet.weights.reduce(
    (sum, { shape }) => sum + shape.reduce((p: number, s) => p * s!, 1),
    0,
  );
  // Weights and momentum during the pass; the gradients come when most maps are gone.
  const parameters = 4 * 2 * weights;
  const live = activations + parameters + BACKEND;
  return { bytes: live + Math.min(0.1 * live, 48 * MB), activations, parameters };
}

const MB = 2 ** 20;

/** What the backend's memory holds before there is a tensor. */
const BACKEND = 4 * MB;
