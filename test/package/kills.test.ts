import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killsOnAFolder } from '../support/kill-folder';
import { packed } from './support/packed';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'noisydarts-kills-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const dist = () => join(packed().consumer, 'node_modules', 'noisydarts', 'dist');

// A small form of `npm run check:kills`.
describe('a sweep whose workers are killed', () => {
  it('ends every job once, with the numbers of the search alone: two shells on a folder', async () => {
    const report = await killsOnAFolder(dist(), folder, { searches: 5, kills: 4 });
    expect(report).toEqual({ kills: 4, ended: 5, same: 5, wrong: [] });
  });
});
