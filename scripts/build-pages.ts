/**
 * Builds the pages that the commands `serve` and `demo` serve, to `dist/pages/`: static files, which work below any path of any
 * server.
 */
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The pages, by the folders of their sources. */
const roots = {
  demo: 'examples/browser',
  serve: 'examples/serve',
  audio: 'examples/audio/page',
  detect: 'examples/detect/page',
} as const;

/**
 * Builds a page.
 *
 * @param outDir - Where to; what is there is removed.
 * @returns The files that the bundle was made of.
 */
export async function buildPage(page: keyof typeof roots, outDir: string): Promise<string[]> {
  const root = at(roots[page]);
  const built = (await build({
    // That of the library itself takes its sources, and pictures of its own.
    ...(page === 'demo' ? { configFile: `${root}/vite.config.ts` } : { configFile: false, publicDir: false }),
    logLevel: 'warn',
    root,
    base: './',
    // As in tsconfig.json: every entry is the folder of its name.
    resolve: { alias: [{ find: /^noisydarts\/(.+)$/, replacement: at('src/$1/index.ts') }] },
    // tfjs is one large module.
    build: { outDir, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 2000 },
  })) as Rolldown.RolldownOutput;
  return built.output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
}

/** Builds what the package carries. */
export async function buildPages(): Promise<void> {
  for (const page of ['demo', 'serve'] as const) await buildPage(page, at(`dist/pages/${page}`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPages();
