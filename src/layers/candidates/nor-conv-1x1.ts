import { ReluConvBN } from '../relu-conv-bn';
import { defineCandidate } from './candidate';

/** `nor_conv_1x1` of NAS-Bench-201: ReLU, a 1x1 dense convolution, batch norm. */
export const norConv1x1 = defineCandidate({
  primitive: 'nor_conv_1x1',
  create: ({ mixed: _, ...options }) => new ReluConvBN(options),
});
