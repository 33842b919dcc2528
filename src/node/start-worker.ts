import { Worker } from 'node:worker_threads';

/**
 * Starts a worker of this folder. In the package it stands beside this code; in the sources it is TypeScript and needs a
 * loader.
 *
 * @param name - Its file, without the ending.
 */
export function startWorker(name: string, workerData: unknown): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL(`./${name}.js`, import.meta.url), { workerData });
  // A name alone would be looked for from the folder that the process runs in.
  const [loader, source] = [
    import.meta.resolve('tsx/esm/api'),
    new URL(`./${name}.ts`, import.meta.url).href,
  ].map((url) => JSON.stringify(url));
  return new Worker(`import(${loader}).then((tsx) => (tsx.register(), import(${source})))`, {
    eval: true,
    workerData,
  });
}
