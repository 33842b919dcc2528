import { type LayersModel, Sequential } from '@tensorflow/tfjs-layers';

/** The functional model that a sequential one is inside; others are it. */
export function functional(model: LayersModel): LayersModel {
  if (!(model instanceof Sequential)) return model;
  const sequential = model as unknown as { model?: LayersModel; build(): void };
  if (!sequential.model) sequential.build();
  return sequential.model!;
}
