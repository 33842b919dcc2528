import { SeparableBlock } from '../separable-block';
import { defineCandidate } from './candidate';

/** `dil_conv_3x3`: ReLU, 3x3 depthwise convolution of dilation 2, pointwise convolution, batch norm. */
export const dilConv3x3 = defineCandidate({
  primitive: 'dil_conv_3x3',
  create: ({ mixed: _, ...options }) => new SeparableBlock({ ...options, kernelSize: 3, dilation: 2 }),
});
