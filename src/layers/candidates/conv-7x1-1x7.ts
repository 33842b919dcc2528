import { ReluConvBN } from '../relu-conv-bn';
import { defineCandidate } from './candidate';

/** `conv_7x1_1x7`: ReLU, a 1x7 and a 7x1 dense convolution, batch norm. */
export const conv7x1And1x7 = defineCandidate({
  primitive: 'conv_7x1_1x7',
  create: ({ mixed: _, ...options }) =>
    new ReluConvBN({
      ...options,
      kernels: [
        [1, 7],
        [7, 1],
      ],
    }),
});
