// Run in a process of its own, where no backend is imported: prints what a kernel throws.
import { unitDraw } from '../../../../src/kernels';

try {
  unitDraw([2], 'gaussian', { key: [0, 0], counter: 0 });
  console.log('no error');
} catch (error) {
  console.log((error as Error).message);
}
