import { SeparableConv } from '../separable-conv';
import { defineCandidate } from './candidate';

/** `sep_conv_3x3`: two rounds of ReLU, 3x3 depthwise and pointwise convolution, batch norm. */
export const sepConv3x3 = defineCandidate({
  primitive: 'sep_conv_3x3',
  create: ({ mixed: _, ...options }) => new SeparableConv({ ...options, kernelSize: 3 }),
});
