import { avgPool3x3 } from './avg-pool-3x3';
import { conv7x1And1x7 } from './conv-7x1-1x7';
import { conv9x9 } from './conv-9x9';
import { dilConv3x3 } from './dil-conv-3x3';
import { dilConv5x5 } from './dil-conv-5x5';
import { maxPool3x3 } from './max-pool-3x3';
import { noise } from './noise';
import { none } from './none';
import { norConv1x1 } from './nor-conv-1x1';
import { norConv3x3 } from './nor-conv-3x3';
import { sepConv3x3 } from './sep-conv-3x3';
import { sepConv5x5 } from './sep-conv-5x5';
import { sepConv7x7 } from './sep-conv-7x7';
import { skipConnect } from './skip-connect';

/** The eleven operations of the DARTS code, the two convolutions of NAS-Bench-201 and the noise of S4, by the names that genotypes use. */
export const builtinCandidates = [
  none,
  avgPool3x3,
  maxPool3x3,
  skipConnect,
  sepConv3x3,
  sepConv5x5,
  sepConv7x7,
  dilConv3x3,
  dilConv5x5,
  conv7x1And1x7,
  conv9x9,
  norConv1x1,
  norConv3x3,
  noise,
] as const;

/** Names of the built-in operations. */
export type BuiltinPrimitive = (typeof builtinCandidates)[number]['primitive'];
