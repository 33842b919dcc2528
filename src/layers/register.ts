import { serialization } from '@tensorflow/tfjs-core';
import { BatchNorm } from './batch-norm';
import { Cell } from './cell';
import { Classifier } from './classifier';
import { ConvBN } from './conv-bn';
import { DenseCell } from './dense-cell';
import { DropPath } from './drop-path';
import { FactorizedReduce } from './factorized-reduce';
import { Identity } from './identity';
import { InvertedBottleneck } from './inverted-bottleneck';
import { MixedOp } from './mixed-op';
import { NoiseSource } from './noise-source';
import { NoisyMixedOp } from './noisy-mixed-op';
import { NoisyOp } from './noisy-op';
import { Pool } from './pool';
import { ReluConvBN } from './relu-conv-bn';
import { ResidualBlock } from './residual-block';
import { SeparableBlock } from './separable-block';
import { SeparableBottleneck } from './separable-bottleneck';
import { SeparableConv } from './separable-conv';
import { SqueezeExcite } from './squeeze-excite';
import { Stem } from './stem';
import { Zero } from './zero';

/** Every layer class of this folder; the tables by class are total over their names. */
export const layerClasses = {
  BatchNorm,
  Cell,
  Classifier,
  ConvBN,
  DenseCell,
  DropPath,
  FactorizedReduce,
  Identity,
  InvertedBottleneck,
  MixedOp,
  NoiseSource,
  NoisyMixedOp,
  NoisyOp,
  Pool,
  ReluConvBN,
  ResidualBlock,
  SeparableBlock,
  SeparableBottleneck,
  SeparableConv,
  SqueezeExcite,
  Stem,
  Zero,
} as const;

type Registered = Parameters<typeof serialization.registerClass>[0];

/** Makes layer classes known to tfjs. */
export function registerClasses(classes: Readonly<Record<string, unknown>>): void {
  for (const layer of Object.values(classes)) serialization.registerClass(layer as Registered);
}

/** Makes this library's layers known to tfjs, so that saved models that contain them load. */
export function registerLayers(): void {
  registerClasses(layerClasses);
}
