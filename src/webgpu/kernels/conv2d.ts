import type { ConvKernels } from '../../kernels/conv2d';
import { sizeOf, windowExtent } from '../../kernels/geometry';
import { run, type WebGPUKernels } from '../shader';
import { sums } from '../sums';
import { coordinates, eachTap, eachWindow, SOURCE_OF, sides, windowUniforms } from '../window';

export const convKernels: WebGPUKernels<ConvKernels> = {
  NoisyDartsConv2d: (backend, { x, filter }, window) => {
    const input = x.shape;
    const kernel = sides(filter.shape);
    const out = windowExtent([input[1], input[2]], kernel, window);
    const outputs = filter.shape[3];
    return run(backend, {
      key: 'conv',
      inputs: { x, taps: filter },
      shape: [input[0], ...out, outputs],
      uniforms: { ...windowUniforms(input, kernel, out, window), outputs },
      code: `fn main(index : i32) {${coordinates('outHeight', 'outWidth', { channels: 'outputs', channel: 'o' })}
    // Every channel of a pixel counts, from the first on.
    let c = 0;
    var sum = 0.0;
    ${eachTap(`let tap = (u * uniforms.kernelWidth + v) * uniforms.channels;
        for (var k = 0; k < uniforms.channels; k = k + 1) {
          sum = sum + x[at + k] * taps[(tap + k) * uniforms.outputs + o];
        }`)}
    result[index] = sum;
  }`,
    });
  },
  NoisyDartsConv2dInputGrad: (backend, { dy, filter }, { inputShape, ...window }) => {
    const out = [dy.shape[1], dy.shape[2]] as const;
    return run(backend, {
      key: 'conv_input_grad',
      inputs: { dy, taps: filter },
      shape: inputShape,
      // The windows are looked for on the gradient's map, whose channels are the filter's outputs.
      uniforms: {
        ...windowUniforms(inputShape, sides(filter.shape), out, window),
        inputs: inputShape[3],
        channels: filter.shape[3],
      },
      code: `fn main(index : i32) {${coordinates('height', 'width', { channels: 'inputs', channel: 'input' })}
    let c = 0;
    var sum = 0.0;
    ${eachWindow(`let tap = ((u * uniforms.kernelWidth + v) * uniforms.inputs + input) * uniforms.channels;
        for (var k = 0; k < uniforms.channels; k = k + 1) { sum = sum + dy[at + k] * taps[tap + k]; }`)}
    result[index] = sum;
  }`,
    });
  },
  NoisyDartsConv2dFilterGrad: (backend, { x, dy }, { filterShape, ...window }) => {
    const input = x.shape;
    const kernel = sides(filterShape);
    const out = [dy.shape[1], dy.shape[2]] as const;
    const [, , inputs, outputs] = filterShape;
    const { channels: _, ...uniforms } = windowUniforms(input, kernel, out, window);
    return sums(backend, {
      key: 'conv_filter_grad',
      inputs: { x, dy },
      shape: filterShape,
      rows: sizeOf(dy.shape) / outputs,
      channels: outputs,
      planes: kernel[0] * kernel[1] * inputs,
      uniforms: { ...uniforms, inputs },
      code: `${SOURCE_OF}
  fn term(plane : i32, pixel : i32, channel : i32) -> f32 {
    let source = sourceOf(pixel, plane / uniforms.inputs);
    if (source < 0) { return 0.0; }
    return x[source * uniforms.inputs + plane % uniforms.inputs] * dy[pixel * uniforms.channels + channel];
  }`,
    });
  },
};
