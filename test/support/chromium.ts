import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from 'playwright-core';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  join(process.env.PROGRAMFILES ?? '', 'Google/Chrome/Application/chrome.exe'),
];

/** The installed Chromium, or the one that the variable CHROMIUM names; undefined if there is none. */
export const chromiumPath: string | undefined =
  process.env.CHROMIUM ?? usual.find((path) => existsSync(path));

/** What to add to the name of a test that is skipped for want of a Chromium; empty if there is one. */
export const chromiumNote: string = chromiumPath
  ? ''
  : ': SKIPPED, no Chromium (install one, or name it in the variable CHROMIUM)';

/** Options of {@link launchChromium}. */
export interface LaunchSettings {
  /** Whether pages get WebGPU, on a software device where there is no other. Default false. */
  readonly webgpu?: boolean;
  /** Whether pages get WebGL, on a software device where there is no other. Default false. */
  readonly webgl?: boolean;
}

/** How the installed Chromium is started. */
export function chromiumOptions({ webgpu = false, webgl = false }: LaunchSettings = {}): LaunchOptions {
  if (!chromiumPath) throw new Error(`chromiumOptions: no browser${chromiumNote}`);
  return {
    executablePath: chromiumPath,
    args: [
      // Chromium refuses to run as root in its sandbox.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...(webgpu ? ['--enable-unsafe-webgpu'] : []),
      ...(webgl ? ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'] : []),
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    // With it there is neither WebGPU nor, in this mode, WebGL.
    ignoreDefaultArgs: webgpu || webgl ? ['--disable-gpu'] : [],
  };
}

/** Starts the installed Chromium without a window. Close what this returns. */
export function launchChromium(settings?: LaunchSettings): Promise<Browser> {
  return chromium.launch(chromiumOptions(settings));
}

/** A page and what went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on the console, uncaught errors and failed requests, in order. */
  readonly faults: readonly string[];
}

/** A new page in a context of its own, whose faults are noted. */
export async function newPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const page = await (await browser.newContext(options)).newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} ${message.location().url}`.trim());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('requestfailed', (request) => faults.push(`${request.url()}: ${request.failure()?.errorText}`));
  return { page, faults };
}
