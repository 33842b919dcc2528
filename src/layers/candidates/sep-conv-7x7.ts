import { SeparableConv } from '../separable-conv';
import { defineCandidate } from './candidate';

/** `sep_conv_7x7`: two rounds of ReLU, 7x7 depthwise and pointwise convolution, batch norm. */
export const sepConv7x7 = defineCandidate({
  primitive: 'sep_conv_7x7',
  create: ({ mixed: _, ...options }) => new SeparableConv({ ...options, kernelSize: 7 }),
});
