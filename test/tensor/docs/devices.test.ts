import { nasBench201 } from 'noisydarts';
import { countCosts } from 'noisydarts/costs';
import { expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { blocksOf, promised, runBlock } from './support';

leavesNoTensors();

const space = nasBench201();
const sizes = { channels: 4, cells: 1, classes: 2, inputShape: [6, 6, 1] } as const;

it.each(blocksOf('devices.md').map((code, i) => [i + 1, code] as const))(
  'docs/devices.md runs: block %i',
  async (i, code) => {
    expect(promised(code)).not.toEqual([]);
    const given = i === 1 ? {} : { space, sizes, table: countCosts(space, sizes) };
    expect(await runBlock(code, given)).toEqual(promised(code));
  },
);
