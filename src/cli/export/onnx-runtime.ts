import type { Tensor } from '@tensorflow/tfjs-core';
import type { ImageDataset } from 'noisydarts';
import { evaluationBatches, type Normalization } from 'noisydarts/data';

/** The part of onnxruntime that is used; its packages have it in common. */
interface OnnxRuntime {
  readonly env: { readonly wasm?: { numThreads?: number } };
  readonly InferenceSession: {
    create(file: Uint8Array): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, { data: unknown }>>>;
      release(): Promise<void>;
    }>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => unknown;
}

/** No dependencies of this package: they are large, and only tell how exact a file is. */
const PACKAGES: readonly string[] = ['onnxruntime-node', 'onnxruntime-web'];

/** An installed onnxruntime; undefined if there is none. */
export async function onnxRuntime(): Promise<OnnxRuntime | undefined> {
  for (const name of PACKAGES) {
    const module = await import(name).catch(() => undefined);
    if (module?.InferenceSession) return module as OnnxRuntime;
  }
  return undefined;
}

/** Where the largest of some numbers is. */
const largest = (values: Float32Array): number =>
  values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);

/** Share of images whose class has the largest logit in a file of ONNX, percent. */
export async function onnxAccuracy(
  { env, InferenceSession, Tensor: OnnxTensor }: OnnxRuntime,
  file: Uint8Array,
  images: ImageDataset,
  options: { readonly batchSize: number; readonly normalize?: Normalization | undefined },
): Promise<number> {
  // More would need threads that share memory, and the last bits would depend on how many.
  if (env.wasm) env.wasm.numThreads = 1;
  const session = await InferenceSession.create(file);
  const read = async (tensor: Tensor) => {
    const data = await tensor.data();
    tensor.dispose();
    return data;
  };
  let right = 0;
  try {
    for await (const { x, y, size } of evaluationBatches(images, options)) {
      const input = new OnnxTensor('float32', (await read(x)) as Float32Array, x.shape);
      const labels = await read(y);
      const made = await session.run({ [session.inputNames[0]!]: input });
      const logits = made[session.outputNames[0]!]!.data as Float32Array;
      const classes = logits.length / size;
      for (let i = 0; i < size; i++)
        if (largest(logits.subarray(i * classes, (i + 1) * classes)) === labels[i]) right++;
    }
  } finally {
    await session.release();
  }
  return (100 * right) / images.size;
}
