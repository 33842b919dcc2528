import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { build } from 'tsup';
import { preProcessFile } from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumNote, launchChromium, newPage } from '../support/chromium';
import { packed } from './support/packed';
import { manifest, run, runBin } from './support/run';

let library: string;
beforeAll(() => {
  library = join(packed().consumer, 'node_modules', 'noisydarts');
});

describe('the packed library', () => {
  it('holds the build, its papers and its examples, nothing else', () => {
    expect(readdirSync(library).sort()).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'examples',
      'package.json',
    ]);
    const names = readdirSync(join(library, 'dist'), { recursive: true, withFileTypes: true });
    const pages = join(library, 'dist', 'pages');
    const code = names.filter((f) => f.isFile() && !f.parentPath.startsWith(pages));
    const kinds = new Set(code.map((f) => f.name.replace(/^[^.]+/, '')));
    expect([...kinds].sort()).toEqual(['.d.ts', '.js', '.js.map']);
    expect(readdirSync(pages).sort()).toEqual(['demo', 'serve']);
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
    expect(output.match(/node16 \(from ESM\): 🟢 \(ESM\)/g)).toHaveLength(Object.keys(entryFiles()).length);
  });

  it('keeps its entries under their size limits', () => {
    const { status, stdout, output } = runBin('size-limit', '--json');
    expect(status, output).toBe(0);
    for (const { name, size } of JSON.parse(stdout) as { name: string; size: number }[]) {
      console.log(`${name}: ${(size / 1000).toFixed(1)} kB minified and gzipped`);
      expect(size, name).toBeGreaterThan(0);
    }
  });
});

describe('the entries', () => {
  it('import what package.json declares, all of it and nothing else', () => {
    const { dependencies, peerDependencies } = manifest(library);
    const files = [
      ...Object.values(entryFiles()),
      ...['cli/bin.js', 'cli/search-one.js', 'node/worker.js', 'node/prefetch-worker.js'],
    ];
    const external = new Set(files.flatMap((file) => [...imports(join(library, 'dist', file))]));
    const own = new Set(Object.keys(entryFiles()));
    // The command alone uses the library by its name.
    const packages = [...external]
      .filter((name) => !name.startsWith('node:') && !own.has(name))
      .map(packageOf);
    expect([...new Set(packages)].sort()).toEqual(
      Object.keys({ ...dependencies, ...peerDependencies }).sort(),
    );
  });

  it('that share a name share what it stands for', () => {
    const { shared, torn } = inConsumer<Record<'shared' | 'torn', string[]>>(`
      (async () => {
        const known = new Map();
        const found = { shared: [], torn: [] };
        for (const entry of ${JSON.stringify(Object.keys(entryFiles()))}) {
          for (const [name, value] of Object.entries(await import(entry))) {
            if (known.has(name)) found[known.get(name) === value ? 'shared' : 'torn'].push(name);
            known.set(name, value);
          }
        }
        return found;
      })()
    `);
    expect(torn).toEqual([]);
    expect(shared).toEqual(expect.arrayContaining(['search', 'createSupernet', 'MixedOp']));
  });

  it.each([
    { entries: ['noisydarts'] },
    { entries: ['noisydarts/network'] },
    { entries: ['noisydarts', 'noisydarts/network'] },
    { entries: ['noisydarts/network', 'noisydarts'] },
    { entries: ['noisydarts/pytorch', 'noisydarts/network'] },
  ])('register one class a layer: $entries', ({ entries }) => {
    const { registered, exported } = inConsumer<{ registered: string[]; exported: [string, boolean][] }>(`
      (async () => {
        const { serialization } = await import('@tensorflow/tfjs-core');
        await import('@tensorflow/tfjs-layers');
        const entries = [];
        for (const name of ${JSON.stringify(entries)}) entries.push(await import(name));
        const known = serialization.SerializationMap.getMap().classNameMap;
        const ours = (name) => /^NoisyDarts/.test(name);
        return {
          registered: Object.keys(known).filter(ours),
          exported: entries
            .flatMap((entry) => Object.values(entry))
            .filter((value) => typeof value === 'function' && ours(value.className))
            .map((layer) => [layer.className, known[layer.className]?.[0] === layer]),
        };
      })()
    `);
    expect(exported.filter(([, same]) => !same)).toEqual([]);
    // What every model of this library is made of, and what only derived networks hold.
    expect(registered).toContain('NoisyDartsStem');
    expect(registered).toContain('NoisyDartsInvertedBottleneck');
    expect(registered.includes('NoisyDartsNetworkCell')).toBe(entries.includes('noisydarts/network'));
    expect(registered.includes('NoisyDartsMobileSupernet')).toBe(entries.includes('noisydarts'));
  });
});

describe('dist/index.js', () => {
  it('imports seedrandom and the two peers alone, and nothing of Node', () => {
    const external = [...imports(join(library, 'dist', 'index.js'))].sort();
    expect(external).toEqual(['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', 'seedrandom']);
  });

  it('holds nothing of the rooms that no search needs', () => {
    const rooms = new Set(
      sourcesOf('index.js', importsOf).map((source) => /\bsrc\/([\w-]+)\//.exec(source)?.[1]),
    );
    expect([...rooms]).toEqual(expect.arrayContaining(['layers', 'supernet', 'search']));
    const others = ['catalogue', 'network', 'node', 'pytorch', 'wasm', 'webgpu'];
    expect(others.filter((room) => rooms.has(room))).toEqual([]);
  });

  it('loads what only some searches need when they need it', () => {
    const at = (source: string) => source.slice(source.lastIndexOf('src/'));
    const all = sourcesOf('index.js', importsOf).map(at);
    const first = new Set(sourcesOf('index.js', staticImportsOf).map(at));
    expect(first).toContain('src/search/search.ts');
    for (const file of ['src/search/measure-diagnostics.ts', 'src/verify/cases.ts']) {
      expect(all).toContain(file);
      expect(first).not.toContain(file);
    }
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

describe.skipIf(chromiumNote !== '')(`dist/network/index.js in Chromium${chromiumNote}`, () => {
  it('saves a network and loads it with identical outputs', async () => {
    const code = await bundle(`
      import * as tf from '@tensorflow/tfjs-core';
      import '@tensorflow/tfjs-backend-cpu';
      import { loadLayersModel } from '@tensorflow/tfjs-layers';
      import { publishedGenotype } from ${JSON.stringify(join(library, 'dist', 'catalogue', 'index.js'))};
      import { createNetwork } from ${JSON.stringify(join(library, 'dist', 'network', 'index.js'))};
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

/** The entries of the package and their files in `dist`. */
function entryFiles(): Record<string, string> {
  const { './package.json': _, ...entries } = manifest(library).exports;
  return Object.fromEntries(
    Object.entries(entries as Record<string, Record<string, string>>).map(([path, { default: file }]) => [
      posix.join('noisydarts', path),
      posix.relative('dist', file!),
    ]),
  );
}

/** What an expression is worth in a project that has the library installed; JSON. */
function inConsumer<T>(expression: string): T {
  const code = `console.log(JSON.stringify(await ${expression}))`;
  const { status, stdout, output } = run(
    process.execPath,
    ['--input-type=module', '--eval', code],
    packed().consumer,
  );
  expect(status, output).toBe(0);
  return JSON.parse(stdout) as T;
}

const importsOf = (file: string) =>
  preProcessFile(readFileSync(file, 'utf8')).importedFiles.map(({ fileName }) => fileName);

/** The imports of a module without those that it makes when it needs them. */
const staticImportsOf = (file: string) => {
  const lazy = [...readFileSync(file, 'utf8').matchAll(/\bimport\(\s*['"]([^'"]+)/g)].map(([, name]) => name);
  return importsOf(file).filter((name) => !lazy.includes(name));
};

/** An ES module and those that it reaches by relative imports. */
function modules(file: string, reach = importsOf, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const name of reach(file)) if (name.startsWith('.')) modules(join(dirname(file), name), reach, found);
  return found;
}

/** The sources of a file of `dist` and of all that it reaches. */
const sourcesOf = (name: string, reach: typeof importsOf): string[] =>
  [...modules(join(library, 'dist', name), reach)].flatMap(
    (file) => JSON.parse(readFileSync(`${file}.map`, 'utf8')).sources as string[],
  );

/** The package of what is imported: `@bull-board/api` of `@bull-board/api/bullMQAdapter`. */
const packageOf = (name: string) =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

/** What an ES module imports from packages, through all its relative imports. */
const imports = (file: string) =>
  new Set([...modules(file)].flatMap(importsOf).filter((name) => !name.startsWith('.')));
