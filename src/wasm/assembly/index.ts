export { gemm, gemmTransposed, packMatrix, packTransposed } from './gemm';
export { pack, compact } from './planes';
export { packTaps, unpackTaps, windows, windowsGrad } from './depthwise';
export { blockPlan, blockForwardBytes, blockForward, blockBackwardBytes, blockBackward } from './block';
export { momentsBytes, moments, momentsEnd, sumsBytes, sumsEnd } from './moments';
export { normGain, normalize, normSums, normGradCoefficients, normGrad, runningUpdate } from './norm';
