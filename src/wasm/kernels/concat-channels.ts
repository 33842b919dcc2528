import type { ConcatChannels, ConcatChannelsPartGrad } from '../../kernels/concat-channels';
import { sizeOf } from '../../kernels/geometry';
import type { WasmKernels } from './kernel';

export const concatChannelsKernels: WasmKernels<ConcatChannels | ConcatChannelsPartGrad> = {
  NoisyDartsConcatChannels(module, inputs, { channels }) {
    const maps = Object.values(inputs);
    const all = channels.reduce((sum, count) => sum + count, 0);
    const y = module.output([...maps[0]!.shape.slice(0, 3), all]);
    const pixels = sizeOf(y.shape) / all;
    let to = module.address(y);
    maps.forEach((map, index) => {
      const c = channels[index]!;
      const x = module.address(map);
      module.functions.copyChannels({ x, xStep: 4 * c, y: to, yStep: 4 * all, pixels, c });
      to += 4 * c;
    });
    return y;
  },
  NoisyDartsConcatChannelsPartGrad(module, { dy }, { offset, channels }) {
    const [n, h, w, all] = dy.shape;
    const dx = module.output([n, h, w, channels]);
    module.functions.copyChannels({
      x: module.address(dy) + 4 * offset,
      xStep: 4 * all,
      y: module.address(dx),
      yStep: 4 * channels,
      pixels: n * h * w,
      c: channels,
    });
    return dx;
  },
};
