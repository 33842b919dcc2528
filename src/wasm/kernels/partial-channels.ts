import type { ShuffleChannels, SplitChannels } from '../../kernels/partial-channels';
import type { WasmKernels } from './kernel';

export const partialChannelsKernels: WasmKernels<SplitChannels | ShuffleChannels> = {
  NoisyDartsSplitChannels(module, { x }, { channels }) {
    const [n, h, w, all] = x.shape;
    let from = module.address(x);
    return channels.map((c) => {
      const part = module.output([n, h, w, c]);
      const y = module.address(part);
      module.functions.copyChannels({ x: from, xStep: 4 * all, y, yStep: 4 * c, pixels: n * h * w, c });
      from += 4 * c;
      return part;
    });
  },
  NoisyDartsShuffleChannels(module, { x }, { groups }) {
    const [n, h, w, c] = x.shape;
    const y = module.output(x.shape);
    module.functions.shuffleChannels({
      x: module.address(x),
      y: module.address(y),
      pixels: n * h * w,
      c,
      groups,
    });
    return y;
  },
};
