import { gcd, packTaps, unpackTaps, windows, windowsGrad } from './depthwise';
import { settle, settleSwish } from './gate';
import { gemm, gemmTransposed, packMatrix, packTransposed } from './gemm';
import { align, clear, Nullable, padded, room } from './memory';
import { momentsTile } from './moments';
import { normGrad } from './norm';
import { compact, pack, packGrad, planeBytes, planePitch, planesBytes } from './planes';

// ReLU, depthwise, pointwise as one pass over each image: the maps in between live in a tile of the first cache, the
// image itself as channel planes in the second. The backward pass recomputes the depthwise output instead of keeping
// it. A depthwise convolution alone is a block without the pointwise part (outputs = 0).

/** Sizes of a block. The caller fills the first group; {@link blockPlan} derives the rest. */
@unmanaged
export class Block {
  images: usize;
  height: usize;
  width: usize;
  channels: usize;
  outputs: usize;
  kernelHeight: usize;
  kernelWidth: usize;
  strideHeight: usize;
  strideWidth: usize;
  dilation: usize;
  padHeight: usize;
  padWidth: usize;
  /** Border of the input planes: at least the padding, more where planes are shared with a larger window. */
  borderHeight: usize;
  borderWidth: usize;

  outHeight: usize;
  outWidth: usize;
  pitch: usize;
  plane: usize;
  gradBorderHeight: usize;
  gradBorderWidth: usize;
  gradPitch: usize;
  gradPlane: usize;
  /** Output rows a tile. */
  band: usize;
  /** Input rows a tile of the backward pass. */
  inputBand: usize;
  planesRoom: usize;
  gradPlanesRoom: usize;
}

// @ts-ignore: decorator
@inline
function extent(size: usize, kernel: usize, stride: usize, dilation: usize, pad: usize): usize {
  return (size + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
}

/** Zero border that the gradient planes need in one direction so that every window of the adjoint stays inside. */
function gradBorder(size: usize, out: usize, kernel: usize, stride: usize, dilation: usize, pad: usize): usize {
  const reach = (dilation * (kernel - 1)) as isize - (pad as isize);
  const before = reach > 0 ? (reach as usize + stride - 1) / stride : 0;
  const last = (size - 1 + pad) / stride;
  const after = last + 1 > out ? last + 1 - out : 0;
  return max<usize>(before, after);
}

export function blockPlan(block: Block): void {
  block.outHeight = extent(block.height, block.kernelHeight, block.strideHeight, block.dilation, block.padHeight);
  block.outWidth = extent(block.width, block.kernelWidth, block.strideWidth, block.dilation, block.padWidth);
  blockLayout(block);
}

/**
 * Derives what the output's sizes leave to derive. They and a border wide enough for every window are given where padding
 * differs between the sides: `padHeight` and `padWidth` are what lies above and to the left.
 */
export function blockLayout(block: Block): void {
  block.pitch = planePitch(block.width, block.borderWidth);
  block.plane = planeBytes(block.height, block.width, block.borderHeight, block.borderWidth);
  block.gradBorderHeight = gradBorder(block.height, block.outHeight, block.kernelHeight, block.strideHeight, block.dilation, block.padHeight);
  block.gradBorderWidth = max<usize>(
    block.dilation,
    gradBorder(block.width, block.outWidth, block.kernelWidth, block.strideWidth, block.dilation, block.padWidth),
  );
  block.gradPitch = planePitch(block.outWidth, block.gradBorderWidth);
  block.gradPlane = planeBytes(block.outHeight, block.outWidth, block.gradBorderHeight, block.gradBorderWidth);
  block.band = min(block.outHeight, max<usize>(1, 64 / block.outWidth));
  block.inputBand = min(block.height, max<usize>(1, 64 / block.width));
  const reach = block.dilation * block.strideWidth + block.kernelWidth * block.dilation;
  block.planesRoom = planesBytes(block.height, block.width, block.channels, block.borderHeight, block.borderWidth, reach);
  block.gradPlanesRoom = planesBytes(block.outHeight, block.outWidth, block.channels, block.gradBorderHeight, block.gradBorderWidth, reach);
}

// @ts-ignore: decorator
@inline
function tapsRoom(block: Block): usize {
  return room(padded(block.channels) * block.kernelHeight * block.kernelWidth);
}

// @ts-ignore: decorator
@inline
function tileRoom(block: Block): usize {
  return room(block.band * block.outWidth * padded(block.channels));
}

/** Bytes of scratch for {@link blockForward}. */
export function blockForwardBytes(block: Block): usize {
  return 64 + tapsRoom(block) + room(block.channels * padded(block.outputs)) + tileRoom(block) + block.planesRoom;
}

/** The pixel of the first plane that tap (0, 0) of output (row, 0) reads. */
// @ts-ignore: decorator
@inline
function origin(block: Block, planes: usize, row: usize): usize {
  return planes
    + (block.borderHeight - block.padHeight + row * block.strideHeight) * block.pitch
    + ((block.borderWidth - block.padWidth) << 4);
}

/** Depthwise output rows [rows, outWidth, padded(C)] from input planes. */
// @ts-ignore: decorator
@inline
function depthwiseRows(block: Block, planes: usize, taps: usize, row: usize, rows: usize, out: usize, step: usize): void {
  windows(
    origin(block, planes, row), block.pitch, block.plane, padded(block.channels) >> 2,
    taps, block.kernelHeight, block.kernelWidth,
    block.strideHeight, block.strideWidth, block.dilation, block.dilation,
    out, step, step * block.outWidth, rows, block.outWidth,
  );
}

/**
 * z = pointwise(depthwise(f(x))), where f is the identity, an affine map per channel (`gain` not null) and a ReLU
 * (`rectify`) or, behind an affine map, Swish (`swish`), in this order; without outputs, z = depthwise(f(x)). With `state` not null
 * the moments of z are added up there (see moments.ts), starting afresh at the first image.
 */
export function blockForward(
  block: Block, x: usize, mean: Nullable, gain: Nullable, offset: Nullable, rectify: bool, swish: bool,
  depthwise: usize, pointwise: Nullable, z: usize, state: Nullable, scratch: usize,
): void {
  const c = block.channels;
  const outputs = block.outputs;
  const step = padded(c) << 2;
  const taps = align(scratch);
  const matrix = taps + tapsRoom(block);
  const tile = matrix + room(c * padded(outputs));
  const planes = tile + tileRoom(block);
  packTaps(depthwise, block.kernelWidth, c, 0, 1, block.kernelHeight, 0, 1, block.kernelWidth, taps);
  if (outputs != 0) packMatrix(pointwise, c, outputs, matrix);
  clear(planes, block.planesRoom);
  const direct = outputs == 0 && (c & 3) == 0;
  const band = block.band;
  for (let n: usize = 0; n < block.images; n++) {
    pack(x, planes, block.height, block.width, c, block.borderHeight, block.borderWidth, mean, gain, offset, rectify, swish);
    x += (block.height * block.width * c) << 2;
    for (let i: usize = 0; i < block.outHeight; i += band) {
      const rows = min(band, block.outHeight - i);
      const pixels = rows * block.outWidth;
      if (outputs != 0) {
        depthwiseRows(block, planes, taps, i, rows, tile, step);
        gemm(pixels, outputs, c, tile, step, matrix, padded(outputs) << 2, z, outputs << 2, 16, false);
        if (state != 0) momentsTile(state, outputs, z, pixels, outputs << 2, n == 0 && i == 0);
        z += (pixels * outputs) << 2;
      } else {
        if (direct) depthwiseRows(block, planes, taps, i, rows, z, step);
        else {
          depthwiseRows(block, planes, taps, i, rows, tile, step);
          compact(tile, z, pixels, c);
        }
        if (state != 0) momentsTile(state, c, z, pixels, c << 2, n == 0 && i == 0);
        z += (pixels * c) << 2;
      }
    }
  }
}

/** Which taps of one axis reach input positions of one residue class, and where they read the gradient. */
@unmanaged
class Phase {
  /** The last such tap: the one that reads the earliest output. */
  tap: isize;
  /** Distance to the tap before it. */
  tapStep: isize;
  count: usize;
  /** Output that the last tap reads for the first position of the class. */
  first: isize;
}

function setPhase(out: Phase, residue: usize, kernel: usize, stride: usize, dilation: usize, pad: usize): void {
  let count: usize = 0;
  let last: usize = 0;
  let previous: usize = 0;
  for (let u: usize = 0; u < kernel; u++) {
    if (((residue + pad) as isize - (dilation * u) as isize) % (stride as isize) != 0) continue;
    previous = last;
    last = u;
    count++;
  }
  out.count = count;
  out.tap = last as isize;
  out.tapStep = (previous as isize) - (last as isize);
  out.first = ((residue + pad) as isize - (dilation * last) as isize) / (stride as isize);
}

// @ts-ignore: decorator
@inline
function phaseAt(base: usize, index: usize): Phase {
  return changetype<Phase>(base + index * offsetof<Phase>());
}

// @ts-ignore: decorator
@inline
function phasesRoom(block: Block): usize {
  return align((block.strideHeight + block.strideWidth) * offsetof<Phase>());
}

// @ts-ignore: decorator
@inline
function gradTileRoom(block: Block): usize {
  return room(block.band * block.outWidth * block.outputs);
}

// @ts-ignore: decorator
@inline
function inputTileRoom(block: Block): usize {
  return room(block.inputBand * block.width * padded(block.channels));
}

/** Bytes of scratch for {@link blockBackward}. */
export function blockBackwardBytes(block: Block): usize {
  return (
    64 + 3 * tapsRoom(block) + room(padded(block.channels) * block.outputs) + phasesRoom(block)
    + tileRoom(block) + gradTileRoom(block) + inputTileRoom(block) + block.planesRoom + block.gradPlanesRoom
  );
}

function setPhases(block: Block, depthwise: usize, phases: usize, taps: usize): void {
  const rows = block.strideHeight;
  for (let a: usize = 0; a < rows; a++) {
    setPhase(phaseAt(phases, a), a, block.kernelHeight, rows, block.dilation, block.padHeight);
  }
  for (let b: usize = 0; b < block.strideWidth; b++) {
    setPhase(phaseAt(phases, rows + b), b, block.kernelWidth, block.strideWidth, block.dilation, block.padWidth);
  }
  for (let a: usize = 0; a < rows; a++) {
    const up = phaseAt(phases, a);
    for (let b: usize = 0; b < block.strideWidth; b++) {
      const across = phaseAt(phases, rows + b);
      packTaps(
        depthwise, block.kernelWidth, block.channels,
        up.tap, up.tapStep, up.count, across.tap, across.tapStep, across.count, taps,
      );
      taps += (padded(block.channels) * up.count * across.count) << 2;
    }
  }
}

/** Gradient rows [rows, width, padded(C)] of what the windows read, from gradient planes. */
function inputRows(block: Block, planes: usize, phases: usize, taps: usize, row: usize, rows: usize, out: usize): void {
  const cp = padded(block.channels);
  const step = cp << 2;
  const strideH = block.strideHeight;
  const strideW = block.strideWidth;
  const dilationH = block.dilation / gcd(block.dilation, strideH);
  const dilationW = block.dilation / gcd(block.dilation, strideW);
  const wide = step * block.width;
  if (strideH > 1 || strideW > 1) clear(out, rows * wide);
  for (let a: usize = 0; a < strideH; a++) {
    const up = phaseAt(phases, a);
    // The first row of this residue class at or after `row`.
    const start = a >= row % strideH ? row - (row % strideH) + a : row - (row % strideH) + strideH + a;
    const n = start < row + rows ? (row + rows - start + strideH - 1) / strideH : 0;
    for (let b: usize = 0; b < strideW; b++) {
      const across = phaseAt(phases, strideH + b);
      const count = up.count * across.count;
      if (count != 0 && n != 0 && b < block.width) {
        const top = (block.gradBorderHeight + start / strideH) as isize + up.first;
        const left = block.gradBorderWidth as isize + across.first;
        windows(
          planes + (top as usize) * block.gradPitch + ((left as usize) << 4), block.gradPitch, block.gradPlane, cp >> 2,
          taps, up.count, across.count, 1, 1, dilationH, dilationW,
          out + (start - row) * wide + b * step, strideW * step, strideH * wide,
          n, (block.width - b + strideW - 1) / strideW,
        );
      }
      taps += (cp * count) << 2;
    }
  }
}

/**
 * The gradients of {@link blockForward}, for the same x, mean, gain, offset, rectify and, where `sums` are asked for, swish.
 *
 * The gradient of z is `dy`, or, with `a` not null, a dy + b (z - zMean) + d per channel: the backward map of a batch
 * normalisation behind the block, applied on the fly.
 *
 * Each of the results may be null: `dDepthwise` and `dPointwise` (added to), `dx` (written, or added to with
 * `accumulate`). `sums`: see {@link settle}.
 */
export function blockBackward(
  block: Block, dy: usize, z: Nullable, zMean: Nullable, a: Nullable, b: Nullable, d: Nullable,
  x: Nullable, mean: Nullable, gain: Nullable, offset: Nullable, rectify: bool, swish: bool,
  depthwise: Nullable, pointwise: Nullable, dDepthwise: Nullable, dPointwise: Nullable,
  dx: Nullable, accumulate: bool, sums: Nullable, scratch: usize,
): void {
  const c = block.channels;
  const cp = padded(c);
  const outputs = block.outputs;
  const height = block.height;
  const width = block.width;
  const outHeight = block.outHeight;
  const outWidth = block.outWidth;
  const taps = align(scratch);
  const phaseTaps = taps + tapsRoom(block);
  const tapSums = phaseTaps + tapsRoom(block);
  const matrix = tapSums + tapsRoom(block);
  const phases = matrix + room(cp * outputs);
  const tile = phases + phasesRoom(block);
  const gradTile = tile + tileRoom(block);
  const inputTile = gradTile + gradTileRoom(block);
  const planes = inputTile + inputTileRoom(block);
  const gradPlanes = planes + block.planesRoom;
  const kernel = block.kernelHeight * block.kernelWidth;
  const weights = dDepthwise != 0 || dPointwise != 0;
  const band = block.band;
  const dyStep = (outputs != 0 ? outputs : c) << 2;
  const interior = gradPlanes + block.gradBorderHeight * block.gradPitch + (block.gradBorderWidth << 4);
  const direct = (c & 3) == 0 && !rectify && !swish && !accumulate && sums == 0;

  packTaps(depthwise, block.kernelWidth, c, 0, 1, block.kernelHeight, 0, 1, block.kernelWidth, taps);
  setPhases(block, depthwise, phases, phaseTaps);
  if (outputs != 0) packTransposed(pointwise, c, outputs, matrix);
  if (weights) clear(planes, block.planesRoom);
  clear(gradPlanes, block.gradPlanesRoom);
  clear(tapSums, tapsRoom(block));

  for (let n: usize = 0; n < block.images; n++) {
    if (weights) pack(x, planes, height, width, c, block.borderHeight, block.borderWidth, mean, gain, offset, rectify, swish);
    if (outputs == 0) {
      const down = block.gradBorderHeight;
      const across = block.gradBorderWidth;
      if (a != 0) {
        packGrad(dy, z, gradPlanes, outHeight, outWidth, c, down, across, zMean, a, b, d);
        z += outHeight * outWidth * dyStep;
      } else pack(dy, gradPlanes, outHeight, outWidth, c, down, across, 0, 0, 0, false, false);
      dy += outHeight * outWidth * dyStep;
    } else {
      for (let i: usize = 0; i < outHeight; i += band) {
        const rows = min(band, outHeight - i);
        const pixels = rows * outWidth;
        let dz = dy;
        if (a != 0) {
          normGrad(dy, z, dyStep, pixels, outputs, zMean, a, b, d, gradTile);
          z += pixels * dyStep;
          dz = gradTile;
        }
        if (dPointwise != 0) {
          depthwiseRows(block, planes, taps, i, rows, tile, cp << 2);
          gemmTransposed(pixels, outputs, c, tile, cp << 2, dz, dyStep, dPointwise, dyStep);
        }
        for (let r: usize = 0; r < rows; r++) {
          gemm(
            outWidth, cp, outputs, dz + r * outWidth * dyStep, dyStep, matrix, cp << 2,
            interior + (i + r) * block.gradPitch, 16, block.gradPlane, false,
          );
        }
        dy += pixels * dyStep;
      }
    }
    if (dDepthwise != 0) {
      windowsGrad(
        origin(block, planes, 0), block.pitch, block.plane, cp >> 2, interior, block.gradPitch, block.gradPlane,
        block.kernelHeight, block.kernelWidth, block.strideHeight, block.strideWidth, block.dilation, block.dilation,
        outHeight, outWidth, tapSums,
      );
    }
    if (dx != 0) {
      for (let i: usize = 0; i < height; i += block.inputBand) {
        const rows = min(block.inputBand, height - i);
        const at = (i * width * c) << 2;
        inputRows(block, gradPlanes, phases, phaseTaps, i, rows, direct ? dx + at : inputTile);
        if (swish) settleSwish(inputTile, dx + at, rows * width, c, x + at, mean, gain, offset, sums);
        else if (!direct) {
          settle(inputTile, dx + at, rows * width, c, x + at, mean, gain, offset, rectify, accumulate, sums);
        }
      }
      dx += (height * width * c) << 2;
    }
    x += (height * width * c) << 2;
  }
  if (dDepthwise != 0) unpackTaps(tapSums, kernel, c, dDepthwise);
}
