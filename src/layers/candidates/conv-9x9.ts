import { ReluConvBN } from '../relu-conv-bn';
import { defineCandidate } from './candidate';

/** `conv_9x9`: ReLU, a 9x9 dense convolution, batch norm. */
export const conv9x9 = defineCandidate({
  primitive: 'conv_9x9',
  create: ({ mixed: _, ...options }) => new ReluConvBN({ ...options, kernels: [[9, 9]] }),
});
