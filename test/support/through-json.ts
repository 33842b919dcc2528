import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';

/** A model as it comes back from being saved: its graph through JSON, its weights as they are. */
export async function throughJson(model: LayersModel): Promise<LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const { trainingConfig: _, ...artifacts } = saved!;
  const modelTopology = JSON.parse(JSON.stringify(artifacts.modelTopology));
  return loadLayersModel(tf.io.fromMemory({ ...artifacts, modelTopology }));
}
