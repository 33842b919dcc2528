import * as tf from '@tensorflow/tfjs-core';
import { input, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { strToU8, zipSync } from 'fflate';
import type { Genotype } from 'noisydarts';
import type { DartsSupernet } from 'noisydarts/supernet';
import type { RunData } from './data';

/**
 * The trained supernet as a zip of `model.json` and `weights.bin`, as `tf.loadLayersModel` reads them in a program that
 * imports `noisydarts`. What its images must be normalised by and its classes are in the user-defined metadata.
 */
export async function zipModel(
  supernet: DartsSupernet,
  { train, normalize, classes }: RunData,
): Promise<Uint8Array<ArrayBuffer>> {
  const images = input({ shape: [...train.shape], name: 'images' });
  const whole = model({ inputs: images, outputs: supernet.apply(images) as SymbolicTensor });
  const genotype = (await supernet.readGenotype()) satisfies Genotype;
  whole.setUserDefinedMetadata({ normalize, classes, genotype });
  const files: Record<string, Uint8Array> = {};
  await whole.save(
    tf.io.withSaveHandler(async ({ weightData, weightSpecs, trainingConfig: _, ...artifacts }) => {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      files['model.json'] = strToU8(JSON.stringify({ ...artifacts, weightsManifest }));
      files['weights.bin'] = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return new Uint8Array(zipSync(files));
}
