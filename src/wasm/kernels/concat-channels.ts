import { type FastKernel, sizeOf } from './kernel';

export const concatChannelsKernels: readonly FastKernel[] = [
  {
    name: 'NoisyDartsConcatChannels',
    body: (module, inputs, { channels }: { channels: readonly number[] }) => {
      const maps = Object.values(inputs);
      const all = channels.reduce((sum, count) => sum + count, 0);
      const y = module.output([...maps[0]!.shape.slice(0, 3), all]);
      const pixels = sizeOf(y.shape) / all;
      let to = module.address(y);
      maps.forEach((map, index) => {
        const count = channels[index]!;
        module.functions.copyChannels(module.address(map), 4 * count, to, 4 * all, pixels, count);
        to += 4 * count;
      });
      return y;
    },
  },
  {
    name: 'NoisyDartsConcatChannelsPartGrad',
    body: (module, { dy }, { offset, channels }: { offset: number; channels: number }) => {
      const [n, h, w, all] = dy!.shape as [number, number, number, number];
      const dx = module.output([n, h, w, channels]);
      const from = module.address(dy!) + 4 * offset;
      module.functions.copyChannels(
        from,
        4 * all,
        module.address(dx),
        4 * channels,
        sizeOf(dx.shape) / channels,
        channels,
      );
      return dx;
    },
  },
];
