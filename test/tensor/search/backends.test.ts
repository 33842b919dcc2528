import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { backend } from '../../support/backend';
import { tinySearch, tinySupernet } from './support';

async function alphasAfterSearch(): Promise<number[]> {
  const supernet = tinySupernet();
  const { events } = await tinySearch({}, supernet);
  supernet.dispose();
  const last = events.filter((event) => event.type === 'epoch').at(-1)!;
  return [...last.alphas.normal, ...last.alphas.reduce].flat();
}

// On cpu there is nothing to compare with.
describe.skipIf(backend === 'cpu')('a search', () => {
  it(`ends with the same alphas on ${backend} as on cpu`, async () => {
    const here = await alphasAfterSearch();
    const current = tf.getBackend();
    await tf.setBackend('cpu');
    const there = await alphasAfterSearch();
    await tf.setBackend(current);
    expect(here).toHaveLength(there.length);
    here.forEach((weight, i) => {
      expect(Math.abs(weight - there[i]!)).toBeLessThan(1e-5);
    });
  });
});
