import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { disposeWeights } from '../layers/noisy-darts-layer';
import { stream } from '../random';

/** The least that one sample takes, in ms: clocks in pages go by tenths or whole milliseconds. */
const LEAST_SAMPLE = 4;

/** A model that can be timed. */
export class TimedModel {
  /** Milliseconds of the first run, in which programs are compiled and weights laid out. */
  firstRun = Number.NaN;
  readonly #model: LayersModel;
  readonly #x: tf.Tensor[];
  readonly #batch: number;
  #repeats = 1;

  constructor(model: LayersModel, batch: number) {
    this.#model = model;
    this.#batch = batch;
    const draw = stream(0, 'measure').generator();
    this.#x = model.inputs.map((input) => {
      const shape = [batch, ...input.shape.slice(1)] as number[];
      const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => draw.normal());
      return tf.tensor(values, shape);
    });
  }

  /** Milliseconds of some runs one after the other, each waited for. */
  async #timed(runs: number): Promise<number> {
    const start = performance.now();
    for (let i = 0; i < runs; i++) {
      const outputs = [
        this.#model.predict(this.#x.length === 1 ? this.#x[0]! : this.#x, { batchSize: this.#batch }),
      ].flat();
      // Devices compute in order, so that the last output is there when all are.
      await outputs.at(-1)!.data();
      tf.dispose(outputs);
    }
    return performance.now() - start;
  }

  /** The first run, another to warm up, and how many make a sample long enough for the clock. */
  async warmUp(): Promise<void> {
    this.firstRun = await this.#timed(1);
    const next = Math.min(await this.#timed(1), await this.#timed(1));
    this.#repeats = Math.min(1000, Math.max(1, Math.ceil(LEAST_SAMPLE / Math.max(next, 1e-3))));
  }

  /** Milliseconds of one run. */
  async sample(): Promise<number> {
    // Lets a page breathe.
    await tf.nextFrame();
    return (await this.#timed(this.#repeats)) / this.#repeats;
  }

  /** Frees the inputs and the model. */
  dispose(): void {
    tf.dispose(this.#x);
    disposeWeights(this.#model);
  }
}
