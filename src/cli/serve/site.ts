import { cp, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkModelTopology } from 'noisydarts/network';
import { requireText } from '../../errors';

/**
 * Puts a page and a model in stock layers together, once the model's graph is checked.
 *
 * @param page - Folder of a built page that loads `model.json` from beside itself.
 * @param model - Folder of `model.json` and its weights.
 * @param site - Folder to write to; it may be that of the page.
 */
export async function makeSite(page: string, model: string, site: string): Promise<void> {
  for (const [what, path] of Object.entries({ page, model, site }))
    requireText('makeSite', `the ${what}`, path, 'pass the path of a folder');
  const file = join(model, 'model.json');
  const remedy = "pass the folder 'standard' of a training's run";
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`makeSite: '${file}' cannot be read, got ${error.message}; ${remedy}`, { cause: error });
  });
  try {
    // Here, not in the page, which is of stock parts: tfjs would never come back from some damaged models.
    checkModelTopology(JSON.parse(text));
  } catch (error) {
    throw new Error(`makeSite: '${file}' is no model (${(error as Error).message}); ${remedy}`, {
      cause: error,
    });
  }
  await mkdir(site, { recursive: true });
  for (const part of [page, model])
    if (resolve(part) !== resolve(site)) await cp(part, site, { recursive: true });
}
