import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, type SymbolicTensor, model as tfModel } from '@tensorflow/tfjs-layers';

/** The least and the greatest number of a map. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Images that are computed at a time, since all maps are held. */
const BATCH = 8;

/** What a model's maps are made from, in the model itself; not those inside models in it. */
function valuesOf(model: LayersModel): SymbolicTensor[] {
  const found = new Set<SymbolicTensor>();
  const open = [...model.outputs];
  for (let value = open.pop(); value; value = open.pop()) {
    if (found.has(value)) continue;
    found.add(value);
    open.push(...value.inputs);
  }
  return [...found];
}

/** The range that each value of a model takes over some inputs. */
export async function measureRanges(
  model: LayersModel,
  inputs: readonly tf.Tensor[],
): Promise<ReadonlyMap<SymbolicTensor, Range>> {
  const values = valuesOf(model);
  const computed = values.filter((value) => !model.inputs.includes(value));
  const watched = tfModel({ inputs: model.inputs, outputs: computed });
  const found = new Map(values.map((value) => [value, { min: 0, max: 0 }]));
  for (let from = 0; from < inputs[0]!.shape[0]!; from += BATCH) {
    const extremes = tf.tidy(() => {
      const part = inputs.map((x) => tf.slice(x, from, Math.min(BATCH, x.shape[0]! - from)));
      const made = [watched.predict(part.length === 1 ? part[0]! : part)].flat();
      const each = [...model.inputs.map((_, i) => part[i]!), ...made];
      return tf.stack(each.flatMap((x) => [tf.min(x), tf.max(x)]));
    });
    const numbers = await extremes.data();
    extremes.dispose();
    for (const [i, value] of [...model.inputs, ...computed].entries()) {
      const { min, max } = found.get(value)!;
      found.set(value, {
        min: Math.min(min, numbers[2 * i]!),
        max: Math.max(max, numbers[2 * i + 1]!),
      });
    }
  }
  return found;
}
