export { blockBackward, blockBackwardBytes, blockForward, blockForwardBytes, blockLayout, blockPlan } from './block';
export { copyChannels, joinShared, shuffleChannels, splitShared } from './channels';
export {
  convFilterGrad, convFilterGradBytes, convForward, convForwardBytes, convInputGrad, convInputGradBytes,
  filterGrad, filterGradBytes, inputGrad, inputGradBytes,
} from './conv';
export { denseBackward, denseBackwardBytes, denseForward, denseForwardBytes } from './dense';
export { addScaled, scale, squares, sum } from './elementwise';
export {
  activatedMeans, activationBackward, excitedBackward, excitedBackwardBytes, excitedForward, excitedForwardBytes,
  gatesBackward, gatesBackwardBytes, gatesForward, gatesForwardBytes,
} from './excite';
export { finish } from './finish';
export { gemm } from './gemm';
export { maxWindows, maxWindowsGrad } from './max-windows';
export {
  mixtureForward, mixtureForwardBytes, mixtureSums, mixtureSumsBytes, mixtureWeightGrads, sumOf, weightedSum,
  weightedSumWeightGrads,
} from './mixture';
export { moments, momentsBytes, momentsEnd, sumsBytes, sumsEnd } from './moments';
export { fillNoise, perturb, perturbBytes } from './noise';
export {
  normGain, normGrad, normGradCoefficients, normParameterGrads, normSums, normalize, runningUpdate,
} from './norm';
export { adam, sgd } from './optimizer';
export {
  pointwiseBackward, pointwiseBackwardBytes, pointwiseForward, pointwiseForwardBytes,
} from './pointwise';
export { avgPoolBackward, avgPoolForward, maxPoolBackward, maxPoolForward, poolBytes } from './pool';
export { segmentSum } from './segments';
