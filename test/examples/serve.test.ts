import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rasterize, SIDE } from '../../examples/serve/strokes';
import { buildPage } from '../../scripts/build-pages';
import { makeSite } from '../../src/cli/serve/site';
import { type StaticServer, serveFolder } from '../../src/cli/serve/static-server';
import { chromiumNote, launchChromium, newPage } from '../support/chromium';
import { drawWithMouse } from '../support/drawing';
import { handwritten } from '../support/handwriting';
import { runExample } from './support';

let runs = '';
beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'noisydarts-serve-'));
});
afterAll(() => rm(runs, { recursive: true, force: true }));

describe('rasterize', () => {
  it('gives every digit the height, the place and the ink of the data set', () => {
    for (const strokes of handwritten) {
      const image = rasterize(strokes);
      const rows = Array.from({ length: SIDE }, (_, y) => image.subarray(y * SIDE, (y + 1) * SIDE));
      const ink = image.reduce((sum, value) => sum + value) / image.length;
      expect(ink).toBeCloseTo(0.305, 1);
      expect(Math.max(...rows[0]!)).toBeGreaterThan(0);
      expect(Math.max(...rows.at(-1)!)).toBeGreaterThan(0);
      expect(Math.max(...image)).toBeGreaterThan(0.7);
      // Wherever and however large it was drawn.
      const moved = strokes.map((stroke) => stroke.map(({ x, y }) => ({ x: 0.3 * x + 0.6, y: 0.3 * y })));
      const difference = rasterize(moved).map((value, i) => Math.abs(value - image[i]!));
      expect(Math.max(...difference)).toBeLessThan(0.2);
    }
  });

  it('draws nothing from nothing, and a dot as a dot', () => {
    expect(Math.max(...rasterize([]))).toBe(0);
    const dot = rasterize([[{ x: 0.1, y: 0.9 }]]);
    expect(dot[27]).toBe(1);
    expect(dot[0]).toBe(0);
  });
});

describe('examples/serve.ts', () => {
  it.each([
    ['a run that is none', ['--name', 'nope'], "nope' holds no trained network"],
    ['a port that is none', ['--port', '99999'], 'It must be a whole number from 0 to 65535.'],
  ])('refuses %s', async (_, args, message) => {
    const { status, stderr } = await runExample('serve.ts', ['--runs', runs, ...args]);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(2);
  });
});

describe.skipIf(chromiumNote !== '')(`the page${chromiumNote}`, () => {
  let site = '';
  let modules: string[] = [];
  let server: StaticServer;
  let browser: Browser;
  beforeAll(async () => {
    const quick = ['--channels', '8', '--cells', '3', '--epochs', '24', '--drop-path', '0'];
    const args = ['--runs', runs, '--name', 'digits', '--genotype', 'noisy_darts_a', ...quick];
    const { status, stderr } = await runExample('train.ts', args);
    expect(status, stderr).toBe(0);
    site = join(runs, 'digits', 'site');
    modules = await buildPage('serve', join(runs, 'page'));
    await makeSite(join(runs, 'page'), join(runs, 'digits', 'standard'), site);
    server = await serveFolder(site, { port: 0, host: '127.0.0.1' });
    browser = await launchChromium();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function open(options: Parameters<typeof newPage>[1] = {}) {
    const { page, faults } = await newPage(browser, options);
    await page.goto(server.url);
    await page.getByText(/^Ready: a network of [\d,]+ weights\.$/).waitFor();
    return { page, faults, pad: page.locator('#pad'), digit: page.locator('#digit') };
  }

  it('holds no code of the library', async () => {
    const own = fileURLToPath(new URL('../../examples/serve/', import.meta.url));
    // The bundler's own additions are no files.
    const files = modules.filter((id) => isAbsolute(id));
    expect(files.some((id) => id.startsWith(own))).toBe(true);
    expect(files.filter((id) => !id.startsWith(own) && !id.includes('/node_modules/'))).toEqual([]);
    const assets = (await readdir(join(site, 'assets'))).filter((name) => name.endsWith('.js'));
    for (const name of assets) {
      expect(await readFile(join(site, 'assets', name), 'utf8')).not.toMatch(/noisydarts/i);
    }
  });

  it('reads digits drawn with the mouse', async () => {
    const { page, faults, pad, digit } = await open({ viewport: { width: 1100, height: 760 } });
    const read: string[] = [];
    for (const strokes of handwritten) {
      await drawWithMouse(pad, strokes);
      await page.getByText(/^Answered in [\d.]+ ms/).waitFor();
      read.push((await digit.textContent())!);
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByText(/^Ready/).waitFor();
    }
    const right = read.filter((text, value) => text === String(value));
    expect(right.length, `read ${read.join(' ')}`).toBeGreaterThanOrEqual(9);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('reads a digit drawn with keys, on a phone in the dark', async () => {
    const { page, faults, pad, digit } = await open({
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
      colorScheme: 'dark',
    });
    const press = async (key: string, times = 1) => {
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    };
    await pad.focus();
    await press('ArrowUp', 8);
    await press('Space');
    await press('ArrowDown', 16);
    await press('Space');
    await page.getByText(/^Answered/).waitFor();
    await expect.poll(() => digit.textContent()).toBe('1');
    await press('Backspace');
    await expect.poll(() => digit.textContent()).toBe('–');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(19, 21, 27)');
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
