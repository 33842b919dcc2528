import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkModelTopology } from 'noisydarts/network';
import { build, type PreviewServer, preview, type Rolldown } from 'vite';

/** The pages, by the folders of their sources. */
const roots = {
  serve: fileURLToPath(new URL('.', import.meta.url)),
  audio: fileURLToPath(new URL('../audio/page', import.meta.url)),
};

/**
 * Builds the page with a model in stock layers, `model.json` and its weights in a folder, once its graph is checked.
 *
 * @returns The files that the bundle was made of.
 */
export async function buildSite(
  model: string,
  outDir: string,
  page: keyof typeof roots = 'serve',
): Promise<string[]> {
  const file = join(model, 'model.json');
  const remedy = "pass the folder 'standard' of a training's run";
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`buildSite: '${file}' cannot be read, got ${error.message}; ${remedy}`, { cause: error });
  });
  try {
    // Here, not in the page, which is of stock parts: tfjs would never come back from some damaged models.
    checkModelTopology(JSON.parse(text));
  } catch (error) {
    throw new Error(`buildSite: '${file}' is no model (${(error as Error).message}); ${remedy}`, {
      cause: error,
    });
  }
  const built = (await build({
    configFile: false,
    logLevel: 'warn',
    root: roots[page],
    base: './',
    publicDir: model,
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // tfjs is one large module.
      chunkSizeWarningLimit: 2000,
    },
  })) as Rolldown.RolldownOutput;
  return built.output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
}

/** Serves what {@link buildSite} has built; a port of 0 takes a free one. */
export function serveSite(
  outDir: string,
  { port, host }: { port: number; host: string },
): Promise<PreviewServer> {
  return preview({
    configFile: false,
    logLevel: 'warn',
    root: roots.serve,
    build: { outDir },
    preview: { port, strictPort: port !== 0, host },
  });
}
