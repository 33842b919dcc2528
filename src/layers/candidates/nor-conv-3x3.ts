import { ReluConvBN } from '../relu-conv-bn';
import { defineCandidate } from './candidate';

/** `nor_conv_3x3` of NAS-Bench-201: ReLU, a 3x3 dense convolution, batch norm. */
export const norConv3x3 = defineCandidate({
  primitive: 'nor_conv_3x3',
  create: ({ mixed: _, ...options }) => new ReluConvBN({ ...options, kernels: [[3, 3]] }),
});
