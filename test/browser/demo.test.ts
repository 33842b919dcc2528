import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { unzipSync } from 'fflate';
import { type EpochRecord, genotypeFromJson } from 'noisydarts';
import { costRange, costTableFromJson, predictCost } from 'noisydarts/costs';
import { genotypeFromPython } from 'noisydarts/genotype';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumNote, launchChromium, newPage } from '../support/chromium';
import { type Demo, download, epochsDone, openDemo, reach, serveDemo, setNoise } from './support/demo';
import { workerHeap } from './support/heap';

const EPOCHS = 2;

/** A history without what differs between two runs of the same search. */
async function numbers(page: Page): Promise<Omit<EpochRecord, 'seconds'>[]> {
  const history = JSON.parse(
    (await download(page, '[data-file="history.json"]')).toString(),
  ) as EpochRecord[];
  return history.map(({ seconds: _, ...record }) => record);
}

async function faultsOfAccess(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8'));
  return page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: typeof import('axe-core') }).axe;
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`);
  });
}

/** A folder of pictures in two classes. */
async function twelvePictures(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'noisydarts-pictures-'));
  for (const [name, background] of Object.entries({ red: '#c03020', blue: '#2040c0' })) {
    mkdirSync(join(folder, name));
    const png = await sharp({ create: { width: 40, height: 30, channels: 3, background } })
      .png()
      .toBuffer();
    for (let i = 0; i < 6; i++) writeFileSync(join(folder, name, `${i}.png`), png);
  }
  return folder;
}

describe.skipIf(chromiumNote !== '')(`examples/browser${chromiumNote}`, () => {
  let demo: Demo;
  let browser: Browser;
  let uninterrupted: Omit<EpochRecord, 'seconds'>[];

  beforeAll(async () => {
    demo = await serveDemo();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.close();
  });

  it('searches to a genotype on wasm, in flat memory, and hands out files that can be read', async () => {
    const { page, faults } = await newPage(browser);
    await openDemo(page, demo.url, EPOCHS);
    await page.click('#primary');
    const held: { tensors: string; heap: number }[] = [];
    for (let epoch = 1; epoch <= EPOCHS; epoch++) {
      if (epoch < EPOCHS) await epochsDone(page, epoch);
      else await reach(page, 'done');
      held.push({ tensors: (await page.textContent('#tensors'))!, heap: await workerHeap(page) });
    }
    expect(await page.textContent('#runs-on')).toBe('WebAssembly');
    expect(new Set(held.map(({ tensors }) => tensors)).size, JSON.stringify(held)).toBe(1);
    // What the charts and the history grow by is far below what a leaking step would keep.
    expect(held.at(-1)!.heap - held[0]!.heap).toBeLessThan(2e6);

    const genotype = genotypeFromJson((await download(page, '[data-file="genotype.json"]')).toString());
    const python = (await download(page, '[data-file="genotype.py.txt"]')).toString();
    expect(genotypeFromPython(python)).toEqual(genotype);
    expect(await page.textContent('#python')).toBe(python.trim());
    const svg = (await download(page, '[data-file="cells.svg"]')).toString();
    const drawn = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      return [parsed.querySelectorAll('parsererror').length, parsed.querySelectorAll('g > rect').length];
    }, svg);
    expect(drawn[0]).toBe(0);
    // Two cells of eight operations, two inputs, four nodes and an output.
    expect(drawn[1]).toBe(2 * (8 + 7));
    uninterrupted = await numbers(page);
    expect(uninterrupted).toHaveLength(EPOCHS);
    expect(uninterrupted.at(-1)!.genotype).toEqual(genotype);
    expect(uninterrupted.at(-1)!.validAccuracy).toBeGreaterThan(50);

    const files = unzipSync(await download(page, '#model'));
    const model = JSON.parse(Buffer.from(files['model.json']!).toString());
    await tf.setBackend('cpu');
    const loaded = await loadLayersModel(
      tf.io.fromMemory({
        modelTopology: model.modelTopology,
        weightSpecs: model.weightsManifest[0].weights,
        weightData: Uint8Array.from(files['weights.bin']!).buffer,
        userDefinedMetadata: model.userDefinedMetadata,
      }),
    );
    const logits = loaded.predict(tf.zeros([2, 8, 8, 1])) as tf.Tensor;
    expect(logits.shape).toEqual([2, 10]);
    expect([...(await logits.data())].every(Number.isFinite)).toBe(true);
    expect(model.userDefinedMetadata.genotype).toEqual(genotype);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('restarts with other noise, pauses, and goes on after a reload as if nothing had happened', async () => {
    const { page, faults } = await newPage(browser);
    await openDemo(page, demo.url, EPOCHS);
    await setNoise(page, 0);
    await page.click('#primary');
    await epochsDone(page, 1);
    expect(await page.textContent('#noise-level')).toBe('0.00');
    const plain = await numbers(page);
    expect(plain[0]!.alphas).not.toEqual(uninterrupted[0]!.alphas);

    await setNoise(page, 0.2);
    await page.click('#restart');
    await page.waitForFunction(() => document.querySelector('#noise-level')!.textContent === '0.20');
    await epochsDone(page, 1);
    await page.click('#primary');
    await reach(page, 'paused');
    expect(await page.textContent('#status')).toMatch(/^Paused after 1 of 2 epochs/);
    await page.reload();
    await reach(page, 'paused');
    expect(await page.locator('#curves figure').count()).toBe(3);
    expect(await page.inputValue('#noise')).toBe('0.2');
    await page.click('#primary');
    await reach(page, 'done');
    expect(await numbers(page)).toEqual(uninterrupted);

    // A finished search is there after a reload, model and all.
    await page.reload();
    await reach(page, 'done');
    expect(await page.isEnabled('#model')).toBe(true);
    expect(await numbers(page)).toEqual(uninterrupted);

    await page.click('summary:has-text("This run")');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect(await faultsOfAccess(page), colorScheme).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('searches on a folder of pictures, and says what is wrong with one', async () => {
    const folder = await twelvePictures();
    const { page, faults } = await newPage(browser);
    try {
      await openDemo(page, demo.url, 1);
      await page.click('text=Your own');
      await page.click('#primary');
      expect(await page.textContent('#error')).toMatch(/^Choose a folder of pictures first/);
      await page.setInputFiles('#files', join(folder, 'red'));
      await page.waitForFunction(() =>
        document.querySelector('#error')!.textContent!.includes('is in no class'),
      );

      writeFileSync(join(folder, 'red', 'broken.png'), 'no picture');
      await page.setInputFiles('#files', folder);
      await page.waitForFunction(() =>
        document.querySelector('#files-note')!.textContent!.startsWith('13 pictures in 2 classes'),
      );
      await page.selectOption('#side', '8');
      await page.click('#primary');
      await reach(page, 'done');
      expect(await page.textContent('#error')).toMatch(/^1 of the files could not be read .*broken\.png/);
      expect(await page.textContent('#edges-normal figcaption span')).toBe('c(k−2) → 0');
      expect(await page.textContent('#images')).toBe('12 pictures of 8×8, 2 classes');
      expect(faults).toEqual([]);
    } finally {
      await page.context().close();
      rmSync(folder, { recursive: true });
    }
  });

  it('measures the device, and searches for a network that keeps a limit there', async () => {
    const { page, faults } = await newPage(browser);
    await openDemo(page, demo.url, 1);
    await page.fill('#seconds', '0');
    await page.click('#measure');
    await reach(page, 'measuring');
    await reach(page, 'idle');
    const table = costTableFromJson((await download(page, '#table')).toString());
    const { least, most } = costRange(table);
    expect(await page.textContent('#device-note')).toContain(
      `The smallest network takes ${least.toFixed(2)} ms here, the largest ${most.toFixed(2)} ms (wasm on`,
    );
    await page.fill('#limit', String(least / 2));
    await page.click('#primary');
    expect(await page.evaluate(() => document.body.dataset.state)).toBe('idle');
    const limit = (least + most) / 2;
    await page.fill('#limit', String(limit));
    await page.click('#primary');
    await reach(page, 'running');
    await reach(page, 'done');
    const genotype = genotypeFromJson((await download(page, '[data-file="genotype.json"]')).toString());
    const row = (n: number) => page.locator('#devices-rows tr').nth(n).textContent();
    const predicted = predictCost(table as never, genotype as never);
    expect(predicted).toBeLessThanOrEqual(limit);
    expect(await row(0)).toMatch(
      new RegExp(
        `^at most ${limit.toFixed(2)} ms\\s*${predicted.toFixed(2)} ms\\s*[\\d.]+ ms ± [\\d.]+\\s*[\\d.]+ %$`,
      ),
    );
    expect(await page.textContent('#devices-note')).toMatch(
      /[01] of 1 measured networks keep their limit\.$/,
    );
    await page.click('#compare');
    await reach(page, 'running');
    await reach(page, 'done');
    expect(await row(0)).toContain('at most');
    expect(await row(1)).toContain('without a limit');
    expect(await page.isVisible('#compare')).toBe(false);

    // What was measured is there after a reload; other images need other measurements.
    await page.reload();
    await reach(page, 'done');
    expect(await page.locator('#devices-rows tr').count()).toBe(2);
    expect(await faultsOfAccess(page)).toEqual([]);
    expect(await page.isVisible('#limit')).toBe(true);
    await page.click('text=Your own');
    expect(await page.isVisible('#limit')).toBe(false);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('searches on WebGPU, and goes on there after a reload as if nothing had happened', async () => {
    const folder = await twelvePictures();
    const imitating = await launchChromium({ webgpu: true });
    try {
      const { page, faults } = await newPage(imitating);
      await openDemo(page, demo.url, EPOCHS);
      await page.selectOption('#backend', 'webgpu');
      await page.click('text=Your own');
      await page.setInputFiles('#files', folder);
      await page.selectOption('#side', '8');
      await page.click('#primary');
      await epochsDone(page, 1);
      await page.click('#primary');
      await reach(page, 'paused');
      await page.reload();
      await reach(page, 'paused');
      await page.click('#primary');
      await reach(page, 'done');
      expect(await page.textContent('#runs-on')).toBe('WebGPU, in software');
      const stopped = await numbers(page);
      expect(stopped).toHaveLength(EPOCHS);
      expect(stopped.at(-1)!.genotype).toMatchObject({ normalConcat: [2, 3, 4, 5] });

      // Once more from the start in the same page, whose shaders are compiled by now.
      await page.click('#primary');
      await reach(page, 'running');
      await reach(page, 'done');
      expect(await numbers(page)).toEqual(stopped);
      expect(faults).toEqual([]);
    } finally {
      await imitating.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('says that there is no WebGPU where there is none, and takes wasm in place of one in software', async () => {
    const without = await newPage(browser);
    await openDemo(without.page, demo.url, 1);
    await without.page.selectOption('#backend', 'webgpu');
    await without.page.click('#primary');
    await reach(without.page, 'paused');
    expect(await without.page.textContent('#error')).toMatch(
      /^WebGPU does not work here: .* Choose “Automatic” or “WebAssembly”\.$/,
    );
    expect(without.faults).toEqual([]);
    await without.page.context().close();

    const imitating = await launchChromium({ webgpu: true });
    try {
      const { page, faults } = await newPage(imitating);
      await openDemo(page, demo.url, 1);
      await page.click('#primary');
      await reach(page, 'running');
      expect(await page.textContent('#runs-on')).toBe('WebAssembly');
      expect(faults).toEqual([]);
    } finally {
      await imitating.close();
    }
  });
});
