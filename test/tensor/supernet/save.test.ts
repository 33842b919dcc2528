import * as tf from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  loadLayersModel,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { createSupernet, darts, mobile, nasBench201, type SearchSpace, type Supernet } from 'noisydarts';
import { describe, expect, it } from 'vitest';

const inModel = (supernet: Supernet): LayersModel => {
  const images = input({ shape: [8, 8, 2] });
  return model({ inputs: images, outputs: supernet.apply(images) as SymbolicTensor });
};

describe('a supernet in a tf model', () => {
  const spaces: readonly SearchSpace[] = [darts(), mobile(), nasBench201()];
  it.each(spaces)('saves and loads in $name, alphas and all', async (space) => {
    const size = space.kind === 'mobile' ? {} : { channels: 2, cells: 1 };
    const supernet = createSupernet({ space, ...size, classes: 3, seed: 7 });
    const whole = inModel(supernet);
    for (const alpha of Object.values<tf.Variable>(supernet.alphas)) {
      tf.tidy(() => alpha.assign(tf.randomNormal(alpha.shape, 0, 1, 'float32', 5)));
    }
    const x = tf.randomUniform([2, 8, 8, 2], 0, 1, 'float32', 3);
    const expected = whole.predict(x) as tf.Tensor;
    let saved: tf.io.ModelArtifacts | undefined;
    await whole.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await loadLayersModel(tf.io.fromMemory(saved!));
    const again = loaded.predict(x) as tf.Tensor;
    expect(again.arraySync()).toEqual(expected.arraySync());
    const found = loaded.layers.at(-1) as unknown as Supernet;
    expect(found.genotype()).toEqual(supernet.genotype());
    tf.dispose([x, expected, again]);
    supernet.dispose();
    found.dispose();
  });
});
