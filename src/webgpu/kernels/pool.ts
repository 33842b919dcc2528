import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { AvgPool, AvgPoolInputGrad } from '../../kernels/avg-pool';
import type { FastKernel } from '../../kernels/fast-kernel';
import { windowExtent } from '../../kernels/geometry';
import type { MaxPool, MaxPoolInputGrad } from '../../kernels/max-pool';
import { run, type WebGPUKernels } from '../shader';
import { coordinates, eachTap, eachWindow, windowUniforms } from '../window';

/** Below every finite map, as in the generic body. */
export const LOWEST = '-3.4e38';

/**
 * WGSL: `isFirst(n, top, left, c, u, v, largest)`: whether no tap of a window on x before (u, v), row by row, has its largest
 * value. Of equal values the first takes the gradient.
 */
export const FIRST_OF_EQUALS = `
  fn isFirst(n : i32, top : i32, left : i32, c : i32, u : i32, v : i32, largest : f32) -> bool {
    for (var k = 0; k < u * uniforms.kernelWidth + v; k = k + 1) {
      let row = top + k / uniforms.kernelWidth * uniforms.dilation;
      let column = left + k % uniforms.kernelWidth * uniforms.dilation;
      if (row < 0 || row >= uniforms.height || column < 0 || column >= uniforms.width) { continue; }
      if (x[((n * uniforms.height + row) * uniforms.width + column) * uniforms.channels + c] == largest) {
        return false;
      }
    }
    return true;
  }`;

/** WGSL: `coverOf(top, left)`: how many taps of a window lie on the map. */
export const AVERAGE_COVER = `
  fn covered(at : i32, kernel : i32, side : i32) -> i32 {
    return min(at + kernel, side) - max(at, 0);
  }
  fn coverOf(top : i32, left : i32) -> f32 {
    return f32(covered(top, uniforms.kernelHeight, uniforms.height) * covered(left, uniforms.kernelWidth, uniforms.width));
  }`;

const forward =
  (key: string, start: string, tap: string, value: string): FastKernel<WebGPUBackend, AvgPool | MaxPool> =>
  (backend, { x }, { size, ...window }) => {
    const [n, height, width, channels] = x.shape;
    const out = windowExtent([height, width], [size, size], window);
    return run(backend, {
      key,
      inputs: { x },
      shape: [n, ...out, channels],
      uniforms: windowUniforms(x.shape, [size, size], out, window),
      code: `fn main(index : i32) {${coordinates('outHeight', 'outWidth')}
    var y = ${start};
    var count = 0.0;
    ${eachTap(`${tap} count = count + 1.0;`)}
    result[index] = ${value};
  }`,
    });
  };

export const poolKernels: WebGPUKernels<AvgPool | AvgPoolInputGrad | MaxPool | MaxPoolInputGrad> = {
  NoisyDartsMaxPool: forward('max_pool', LOWEST, 'y = max(y, x[at]);', `select(${LOWEST}, y, count > 0.0)`),
  NoisyDartsAvgPool: forward('avg_pool', '0.0', 'y = y + x[at];', 'y / count'),
  NoisyDartsMaxPoolInputGrad: (backend, { dy, x, y }, { size, ...window }) => {
    const input = x.shape;
    const out = [dy.shape[1], dy.shape[2]] as const;
    return run(backend, {
      key: 'max_pool_input_grad',
      inputs: { dy, x, y },
      shape: input,
      uniforms: windowUniforms(input, [size, size], out, window),
      code: `${FIRST_OF_EQUALS}
  fn main(index : i32) {${coordinates('height', 'width')}
    var sum = 0.0;
    ${eachWindow(`if (x[index] == y[at] && isFirst(n, i - u * uniforms.dilation, j - v * uniforms.dilation, c, u, v, y[at])) {
          sum = sum + dy[at];
        }`)}
    result[index] = sum;
  }`,
    });
  },
  NoisyDartsAvgPoolInputGrad: (backend, { dy }, { size, inputShape, ...window }) => {
    const out = [dy.shape[1], dy.shape[2]] as const;
    return run(backend, {
      key: 'avg_pool_input_grad',
      inputs: { dy },
      shape: inputShape,
      uniforms: windowUniforms(inputShape, [size, size], out, window),
      code: `${AVERAGE_COVER}
  fn main(index : i32) {${coordinates('height', 'width')}
    var sum = 0.0;
    ${eachWindow('sum = sum + dy[at] / coverOf(i - u, j - v);')}
    result[index] = sum;
  }`,
    });
  },
};
