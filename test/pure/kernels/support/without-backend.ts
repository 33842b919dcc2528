// Run in a process of its own, where no backend is imported: prints what a kernel, a layer and a search throw.
import { createSupernet, darts, inMemory, search } from '../../../../src';
import { unitDraw } from '../../../../src/kernels';

async function said(body: () => unknown): Promise<void> {
  try {
    await body();
    console.log('no error');
  } catch (error) {
    console.log((error as Error).message);
  }
}

const small = { space: darts(), channels: 2, cells: 3, classes: 2 } as const;
const half = inMemory({
  name: 'four',
  images: new Float32Array(4 * 8 * 8),
  labels: [0, 1, 0, 1],
  shape: [8, 8, 1],
  classes: 2,
});
await said(() => unitDraw([2], 'gaussian', { key: [0, 0], counter: 0 }));
await said(() => createSupernet({ ...small, inputShape: [8, 8, 1] }));
await said(() => search({ supernet: createSupernet(small), train: half, valid: half, batchSize: 2 }).next());
