import { SeparableBlock } from '../separable-block';
import { defineCandidate } from './candidate';

/** `dil_conv_5x5`: ReLU, 5x5 depthwise convolution of dilation 2, pointwise convolution, batch norm. */
export const dilConv5x5 = defineCandidate({
  primitive: 'dil_conv_5x5',
  create: ({ mixed: _, ...options }) => new SeparableBlock({ ...options, kernelSize: 5, dilation: 2 }),
});
