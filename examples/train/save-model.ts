import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Normalization } from 'noisydarts';
import { toStandardLayers } from 'noisydarts/network';
import { writeFileAtomic } from 'noisydarts/node';
import { makeFolder } from '../../src/node/make-folder';

/** Writes a model as `tf.loadLayersModel` reads it: `model.json` and `weights.bin` in a folder. */
export async function saveModel(model: LayersModel, folder: string): Promise<void> {
  await makeFolder(resolve(folder));
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

/**
 * Writes a trained network in stock layers, with the normalisation of its images in the model's user-defined metadata:
 * all that a page needs that serves it with `@tensorflow/tfjs-layers` alone.
 */
export async function saveStandardModel(
  network: LayersModel,
  folder: string,
  normalize: Normalization | undefined,
): Promise<void> {
  const standard = toStandardLayers(network);
  try {
    standard.setUserDefinedMetadata({ normalize });
    await saveModel(standard, folder);
  } finally {
    tf.dispose(standard.weights.map((weight) => weight.read()));
  }
}
