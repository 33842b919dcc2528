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
  const source = JSON.stringify(new URL(`./${name}.ts`, import.meta.url).href);
  return new Worker(`import('tsx/esm/api').then((tsx) => (tsx.register(), import(${source})))`, {
    eval: true,
    workerData,
  });
}
