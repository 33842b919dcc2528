import { SeparableConv } from '../separable-conv';
import { defineCandidate } from './candidate';

/** `sep_conv_5x5`: two rounds of ReLU, 5x5 depthwise and pointwise convolution, batch norm. */
export const sepConv5x5 = defineCandidate({
  primitive: 'sep_conv_5x5',
  create: ({ mixed: _, ...options }) => new SeparableConv({ ...options, kernelSize: 5 }),
});
