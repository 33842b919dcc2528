import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { writeFileAtomic } from 'noisydarts/node';

/** Writes a model as `tf.loadLayersModel` reads it: `model.json` and `weights.bin` in a folder. */
export async function saveModel(model: LayersModel, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await model.save(
    tf.io.withSaveHandler(async ({ weightData, weightSpecs, trainingConfig: _, ...artifacts }) => {
      const bytes = tf.io.CompositeArrayBuffer.join(weightData);
      // The weights first: a model.json never points to weights that are not there.
      await writeFileAtomic(join(folder, 'weights.bin'), new Uint8Array(bytes));
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      await writeFileAtomic(join(folder, 'model.json'), JSON.stringify({ ...artifacts, weightsManifest }));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
}
