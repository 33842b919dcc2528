import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { build } from 'tsup';
import { preProcessFile } from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumNote, launchChromium, newPage } from '../support/chromium';
import { packed } from './support/packed';
import { manifest, runBin } from './support/run';

let library: string;
beforeAll(() => {
  library = join(packed().consumer, 'node_modules', 'noisydarts');
});

describe('the packed library', () => {
  it('holds the build and its papers, nothing else', () => {
    expect(readdirSync(library).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
    ]);
    const names = readdirSync(join(library, 'dist'), { recursive: true, withFileTypes: true });
    const kinds = new Set(names.filter((f) => f.isFile()).map((f) => f.name.replace(/^[^.]+/, '')));
    expect([...kinds].sort()).toEqual(['.d.ts', '.js', '.js.map']);
  });

  it('is clean to publint', async () => {
    const { messages } = await publint({
      pack: { tarball: new Uint8Array(readFileSync(packed().tarball)).buffer },
    });
    expect(messages.map((message) => formatMessage(message, manifest()))).toEqual([]);
  });

  it('is clean to attw', () => {
    const { status, output } = runBin('attw', packed().tarball, '--profile', 'esm-only', '--no-color');
    expect(status, output).toBe(0);
    expect(output.match(/node16 \(from ESM\): 🟢 \(ESM\)/g)).toHaveLength(4);
  });

  it('keeps the core under its size limit', () => {
    const { status, stdout, output } = runBin('size-limit', '--json');
    expect(status, output).toBe(0);
    const [{ size }] = JSON.parse(stdout) as [{ size: number }];
    console.log(`core entry: ${(size / 1000).toFixed(1)} kB minified and gzipped`);
    expect(size).toBeGreaterThan(0);
  });
});

describe('the entries', () => {
  it('import what package.json declares, all of it and nothing else', () => {
    const { dependencies, peerDependencies } = manifest(library);
    const files = ['index.js', 'node/index.js', 'node/worker.js', 'node/prefetch-worker.js', 'wasm/index.js'];
    const external = new Set(files.flatMap((file) => [...imports(join(library, 'dist', file))]));
    const packages = [...external].filter((name) => !name.startsWith('node:'));
    expect(packages.sort()).toEqual(Object.keys({ ...dependencies, ...peerDependencies }).sort());
  });
});

describe('dist/index.js', () => {
  it('imports seedrandom and the two peers alone, and nothing of Node', () => {
    const external = [...imports(join(library, 'dist', 'index.js'))].sort();
    expect(external).toEqual(['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', 'seedrandom']);
  });

  it('registers its layers even for a bundler that keeps only what has effects', async () => {
    const code = await bundle(`import ${JSON.stringify(join(library, 'dist', 'index.js'))};`);
    expect(code).toContain('NoisyDartsNoisyMixedOp');
    expect(code).toContain('registerClass');
  });

  it('works in a browser page', async () => {
    const code = await bundle(`
      import * as tf from '@tensorflow/tfjs-core';
      import '@tensorflow/tfjs-backend-cpu';
      import { NoisyMixedOp } from ${JSON.stringify(join(library, 'dist', 'index.js'))};
      const edge = new NoisyMixedOp({ candidates: ['skip_connect', 'sep_conv_3x3'], seed: 1 });
      const y = edge.apply(tf.ones([1, 4, 4, 2]), { training: true });
      globalThis.result = { shape: y.shape, sum: tf.sum(y).dataSync()[0], browser: tf.env().get('IS_BROWSER') };
    `);
    const page: Record<string, unknown> = {
      console,
      performance,
      setTimeout,
      clearTimeout,
      URL,
      TextEncoder,
      TextDecoder,
    };
    Object.assign(page, {
      window: page,
      self: page,
      document: {},
      navigator: { userAgent: 'page' },
      location: {},
    });
    runInContext(code, createContext(page));
    const { shape, sum, browser } = page.result as { shape: number[]; sum: number; browser: boolean };
    expect(browser).toBe(true);
    expect([...shape]).toEqual([1, 4, 4, 2]);
    expect(Number.isFinite(sum)).toBe(true);
  });
});

describe.skipIf(chromiumNote !== '')(`dist/index.js in Chromium${chromiumNote}`, () => {
  it('saves a network and loads it with identical outputs', async () => {
    const code = await bundle(`
      import * as tf from '@tensorflow/tfjs-core';
      import '@tensorflow/tfjs-backend-cpu';
      import { loadLayersModel } from '@tensorflow/tfjs-layers';
      import { createNetwork, publishedGenotype } from ${JSON.stringify(join(library, 'dist', 'index.js'))};
      globalThis.roundTrip = async () => {
        const size = { channels: 2, cells: 3, classes: 3, inputShape: [8, 8, 3], auxiliary: false };
        const network = createNetwork(publishedGenotype('noisy_darts_a'), size);
        const x = tf.randomUniform([2, 8, 8, 3], 0, 1, 'float32', 7);
        const logits = async (model) => Array.from(await model.predict(x).data());
        await network.save('indexeddb://network');
        const loaded = await loadLayersModel('indexeddb://network');
        return { before: await logits(network), after: await logits(loaded) };
      };
    `);
    const browser = await launchChromium();
    try {
      const { page, faults } = await newPage(browser);
      // Only a page with an address has a data base.
      await page.route('http://page.test/', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<!doctype html><link rel="icon" href="data:," />' }),
      );
      await page.goto('http://page.test/');
      await page.addScriptTag({ content: code });
      const { before, after } = await page.evaluate(() =>
        (globalThis as unknown as { roundTrip(): Promise<Record<'before' | 'after', number[]>> }).roundTrip(),
      );
      expect(before).toHaveLength(6);
      expect(new Set(before).size).toBeGreaterThan(1);
      expect(after).toEqual(before);
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'noisydarts-bundle-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One script for a page out of an ES module and all it imports. */
async function bundle(code: string): Promise<string> {
  const entry = join(folder, 'entry.js');
  writeFileSync(entry, code);
  await build({
    config: false,
    silent: true,
    entry: [entry],
    outDir: folder,
    format: 'iife',
    platform: 'browser',
    noExternal: [/./],
    esbuildOptions: (options) => {
      // The consumer's, so that the page holds one copy of each package.
      options.nodePaths = [join(packed().consumer, 'node_modules')];
    },
  });
  return readFileSync(join(folder, 'entry.global.js'), 'utf8');
}

/** Packages that an ES module imports, through all its relative imports. */
function imports(file: string, seen = new Set<string>()): Set<string> {
  const external = new Set<string>();
  if (seen.has(file)) return external;
  seen.add(file);
  for (const { fileName } of preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
    if (!fileName.startsWith('.')) external.add(fileName);
    else for (const name of imports(join(dirname(file), fileName), seen)) external.add(name);
  }
  return external;
}
