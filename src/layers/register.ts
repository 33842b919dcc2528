import { serialization } from '@tensorflow/tfjs-core';
import { BatchNorm } from './batch-norm';
import { Cell } from './cell';
import { Classifier } from './classifier';
import { DenseCell } from './dense-cell';
import { DropPath } from './drop-path';
import { FactorizedReduce } from './factorized-reduce';
import { Identity } from './identity';
import { MixedOp } from './mixed-op';
import { NoiseSource } from './noise-source';
import { NoisyMixedOp } from './noisy-mixed-op';
import { NoisyOp } from './noisy-op';
import { Pool } from './pool';
import { ReluConvBN } from './relu-conv-bn';
import { ResidualBlock } from './residual-block';
import { SeparableBlock } from './separable-block';
import { SeparableConv } from './separable-conv';
import { Stem } from './stem';
import { Zero } from './zero';

/** Makes this library's layers known to tfjs, so that saved models that contain them load. */
export function registerLayers(): void {
  for (const layer of [
    BatchNorm,
    Cell,
    Classifier,
    DenseCell,
    DropPath,
    FactorizedReduce,
    Identity,
    MixedOp,
    NoiseSource,
    NoisyMixedOp,
    NoisyOp,
    Pool,
    ReluConvBN,
    ResidualBlock,
    SeparableBlock,
    SeparableConv,
    Stem,
    Zero,
  ]) {
    serialization.registerClass(layer as unknown as Parameters<typeof serialization.registerClass>[0]);
  }
}
