import { createSupernet, memoryStore } from 'noisydarts';
import { restoreSupernet } from 'noisydarts/search';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../support/memory';
import { everything, tinySearch, tinySpace, tinySupernet } from './support';

leavesNoTensors();

describe('restoreSupernet', () => {
  it('gives a supernet what a run has come to, whatever the settings of the search were', async () => {
    const store = memoryStore();
    const searched = tinySupernet();
    await tinySearch({ epochs: 1, batchSize: 6, checkpoint: { store } }, searched);
    const supernet = tinySupernet();
    restoreSupernet(supernet, (await store.load())!);
    expect(everything(supernet)).toEqual(everything(searched));
    expect(supernet.genotype()).toEqual(searched.genotype());
    searched.dispose();
    supernet.dispose();
  });

  it('refuses a supernet that is not built, and leaves one alone that is built again', async () => {
    const store = memoryStore();
    const searched = tinySupernet();
    await tinySearch({ epochs: 1, checkpoint: { store } }, searched);
    const open = createSupernet({ space: tinySpace, channels: 2, cells: 3, classes: 2, seed: 7 });
    const bytes = (await store.load())!;
    expect(() => restoreSupernet(open, bytes)).toThrow(
      "restoreSupernet: the supernet must be built, got 'no weights yet'",
    );
    const before = everything(searched);
    searched.build([null, 6, 6, 1]);
    expect(everything(searched)).toEqual(before);
    searched.dispose();
  });

  it('refuses the checkpoint of another supernet, and what is none, and changes nothing', async () => {
    const store = memoryStore();
    const searched = tinySupernet();
    await tinySearch({ epochs: 1, checkpoint: { store } }, searched);
    searched.dispose();
    const other = tinySupernet(8);
    const before = everything(other);
    const bytes = (await store.load())!;
    expect(() => restoreSupernet(other, bytes)).toThrow(
      /^restoreSupernet: the checkpoint is of a run with other settings \(supernet\), got /,
    );
    expect(() => restoreSupernet(other, bytes.subarray(0, 100))).toThrow('truncated or damaged');
    expect(everything(other)).toEqual(before);
    other.dispose();
  });
});
