import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { detectorOf, evaluateDetector } from 'noisydarts/detection';
import { loadModel, writeFileAtomic } from 'noisydarts/node';
import { disposeWeights } from '../../layers/noisy-darts-layer';
import { useBackend } from '../backend';
import { UsageError } from '../command-line';
import { requirePart } from './data';
import { figureLines } from './figures';
import { type DetectTestRequest, storedSettings } from './options';
import type { DetectionTask } from './settings';

/** The folder of the detector that a run has left, or that is named itself. */
export function modelFolder(folder: string): string {
  const found = [join(folder, 'model'), folder].find((path) => existsSync(join(path, 'model.json')));
  if (found !== undefined) return found;
  throw new UsageError(
    `'${folder}' holds no detector, got no model/model.json; name the folder of a run that detect train has finished`,
  );
}

/** Evaluates a detector, and tells its figures. */
export async function runDetectTest(folder: string, request: DetectTestRequest): Promise<void> {
  const { part, limit, score, out, json } = request;
  const path = modelFolder(folder);
  const data = request.data ?? (await storedSettings(folder, '--data: ')).data;
  await useBackend(request);
  const { model, normalize, task } = await loadModel(path);
  try {
    const detector = detectorOf(model);
    const trained = (task ?? {}) as Partial<DetectionTask>;
    const { short = trained.short ?? 800, long = trained.long ?? 1333 } = request;
    const dataset = await requirePart(data, part, { short, long, ...(limit !== undefined && { limit }) });
    const { figures, detections } = await evaluateDetector(detector, dataset, {
      score,
      ...(normalize && { normalize }),
    });
    if (out !== undefined) await writeFileAtomic(out, `${JSON.stringify(detections)}\n`);
    console.log(
      json
        ? JSON.stringify({ data: dataset.name, pictures: dataset.size, figures })
        : `${dataset.name}, ${dataset.size} pictures, percent\n${figureLines(figures)}`,
    );
  } finally {
    disposeWeights(model);
  }
}
