import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { tfjsNodeKernels } from './tfjs-node-kernels';

type Inputs = Readonly<Record<string, tf.TensorInfo>>;
interface Attributes {
  readonly pad?: 'valid' | 'same' | number | readonly (readonly [number, number])[];
  readonly strides?: number | readonly [number, number];
  readonly dilations?: number | readonly [number, number];
  readonly normalized?: boolean;
}

/** Whether the padding is what TensorFlow calls EXPLICIT, which tfjs makes VALID where all of it is 0. */
const explicit = ({ pad }: Attributes) => Array.isArray(pad) && pad.flat().some((pixels) => pixels !== 0);
const several = (value: Attributes['strides'] = 1) => [value].flat().some((one) => one > 1);

const only = (kernels: readonly string[], refuses: (inputs: Inputs, attrs: Attributes) => boolean) => ({
  kernels,
  refuses,
});

/** Kernels that hand `padding` to TensorFlow without `explicit_paddings`, or throw. */
const NO_EXPLICIT = [
  'AvgPool',
  'AvgPoolGrad',
  'MaxPool',
  'MaxPoolGrad',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
];
const DEPTHWISE = tfjsNodeKernels.filter((name) => /Depthwise/.test(name));
const NUMERIC = [
  'Add',
  'AddN',
  'Sub',
  'Multiply',
  'RealDiv',
  'Maximum',
  'Minimum',
  'Sum',
  'Mean',
  'Max',
  'Min',
];
const ORDER = ['Less', 'LessEqual', 'Greater', 'GreaterEqual'];

/** What kernels, or the operations of TensorFlow 2.9 that they run, refuse. */
const restrictions = {
  'a padding in one number': only(tfjsNodeKernels, (_, { pad }) => typeof pad === 'number' && pad !== 0),
  'a padding below 0': only(
    tfjsNodeKernels,
    (_, { pad }) => Array.isArray(pad) && pad.flat().some((pixels) => pixels < 0),
  ),
  'an explicit padding': only(NO_EXPLICIT, (_, attrs) => explicit(attrs)),
  'unequal strides': only(DEPTHWISE, (_, { strides }) => Array.isArray(strides) && strides[0] !== strides[1]),
  dilations: only(
    ['Conv2DBackpropFilter', 'Conv2DBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'],
    (_, { dilations }) => several(dilations),
  ),
  'more than 6 dimensions': only(['PadV2'], ({ x }) => x!.shape.length > 6),
  'normalised logits': only(['Multinomial'], (_, { normalized }) => normalized === true),
  'indices that are not integers': only(['OneHot'], ({ indices }) => indices!.dtype !== 'int32'),
  // The attribute T says float32 or the type of the input; TensorFlow has no such kernel, or finds another tensor.
  'a mean of integers': only(['Mean'], ({ x }) => x!.dtype !== 'float32'),
  'bool for a number': only([...NUMERIC, ...ORDER], (inputs) =>
    Object.values(inputs).some(({ dtype }) => dtype === 'bool'),
  ),
  'two types at once': only(tfjsNodeKernels, ({ a, b, t, e }) =>
    Boolean((a && b && a.dtype !== b.dtype) || (t && e && t.dtype !== e.dtype)),
  ),
};

/**
 * A backend with exactly the kernels of tfjs-node 4.22, what they and TensorFlow 2.9 under them refuse, and its fault:
 * TensorFlow's `DepthwiseConv2dNative` takes `dilations` and does not read it (depthwise_conv_op.cc). The numbers are those
 * of the kernels of tfjs's cpu backend.
 *
 * @param name - `'tensorflow'`, as tfjs-node calls itself, or another name, under which the library knows nothing of it.
 */
export function registerTfjsNodeLike(name = 'tensorflow'): void {
  if (tf.findBackendFactory(name)) return;
  tf.registerBackend(name, () => new MathBackendCPU());
  for (const kernelName of tfjsNodeKernels) {
    const kernel = tf.getKernel(kernelName, 'cpu');
    // Strings and 3-d things that the cpu backend has none of either.
    if (!kernel) continue;
    tf.registerKernel({
      ...kernel,
      backendName: name,
      kernelFunc: (call) => {
        const inputs = call.inputs as unknown as Inputs;
        const attrs = (call.attrs ?? {}) as Attributes;
        for (const [what, { kernels, refuses }] of Object.entries(restrictions)) {
          if (kernels.includes(kernelName) && refuses(inputs, attrs))
            throw new Error(`${name}: ${kernelName} refuses ${what}`);
        }
        return kernel.kernelFunc(
          DEPTHWISE.includes(kernelName) ? { ...call, attrs: { ...call.attrs, dilations: [1, 1] } } : call,
        );
      },
    });
  }
}
