import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { buildPage } from '../../../scripts/build-pages';
import { serveFolder } from '../../../src/cli/serve/static-server';

/** The page of examples/browser, built and served. */
export interface Demo {
  readonly url: string;
  close(): Promise<void>;
}

/** Builds the page into a folder of its own and serves it. Close what this returns. */
export async function serveDemo(): Promise<Demo> {
  const outDir = mkdtempSync(join(tmpdir(), 'noisydarts-demo-'));
  await buildPage('demo', outDir);
  const server = await serveFolder(outDir, { port: 0, host: '127.0.0.1' });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      rmSync(outDir, { recursive: true });
    },
  };
}

const states = (page: Page) => page.evaluate(() => document.body.dataset.state);

/** Waits for the page's search to be in one of these states. */
export async function reach(page: Page, ...wanted: readonly string[]): Promise<void> {
  await page
    .waitForFunction((wanted) => wanted.includes(document.body.dataset.state!), wanted as string[])
    .catch(async (error: Error) => {
      const told = await page.textContent('#error');
      throw new Error(`${error.message}; state ${await states(page)}, ${told}`, { cause: error });
    });
}

/** Waits until this many epochs are done. */
export async function epochsDone(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (count) => document.querySelector('#status')!.textContent!.startsWith(`Epoch ${count} of`),
    count,
  );
}

/** Opens the page with small settings, ready to start. */
export async function openDemo(page: Page, url: string, epochs: number): Promise<void> {
  // How fast the machine is decides nothing here.
  page.setDefaultTimeout(240_000);
  await page.goto(url);
  await reach(page, 'idle');
  await page.click('summary:has-text("More settings")');
  await page.fill('#epochs', String(epochs));
}

/** Moves the noise slider with the keyboard, as any visitor can. */
export async function setNoise(page: Page, value: number): Promise<void> {
  await page.focus('#noise');
  await page.keyboard.press('Home');
  for (let step = 0; step < Math.round(value / 0.05); step++) await page.keyboard.press('ArrowRight');
}

/** Presses a button and reads the file that it downloads. */
export async function download(page: Page, button: string): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  return readFileSync(await file.path());
}
