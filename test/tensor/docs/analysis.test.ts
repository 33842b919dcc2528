import { type SearchOptions, search } from 'noisydarts';
import { expect, it } from 'vitest';
import { halves, tinySupernet } from '../search/support';
import { blocksOf, runBlock } from './support';

it('the search of docs/analysis.md tells what it measured after every epoch, and how it ended', async () => {
  const [code, ...others] = blocksOf('analysis.md');
  expect(others).toEqual([]);
  const supernet = tinySupernet();
  const short = ((options: SearchOptions) =>
    search({ ...options, epochs: 2, batchSize: 4 })) as typeof search;
  const printed = await runBlock(
    code!,
    { supernet, train: halves('train', 12), valid: halves('valid', 8) },
    { search: short },
  );
  expect(printed).toHaveLength(3);
  const measured = /^\{ normal: \d, reduce: \d \} \{ normal: [\d.]+, reduce: [\d.]+ \} -?[\d.e-]+$/;
  expect(printed[0]).toMatch(measured);
  expect(printed[1]).toMatch(measured);
  expect(printed[2]).toMatch(/ 1 undefined$| 1 null$/);
  supernet.dispose();
});
