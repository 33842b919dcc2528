import { createHash } from 'node:crypto';
import { readFile, unlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import type { Normalization } from '../data';
import { checkNormalization } from '../data/augment/normalize';
import { checkOptions, type OptionKeys, rangeError, requireText, typeError } from '../errors';
import { disposeWeights } from '../layers/noisy-darts-layer';
// Importing it makes the layers of networks known to tfjs.
import { checkModelTopology } from '../network';
import { writeFileAtomic } from './atomic-write';
import { makeFolder } from './make-folder';
import { quantizeWeights, type WeightNumbers, weightNumbers } from './quantized-weights';

/** What a saved model says of itself besides its graph and its weights: plain JSON. */
export interface ModelMetadata {
  /** The normalisation that its inputs need. */
  readonly normalize?: Normalization;
  /** Names of the classes, in the order of its outputs. */
  readonly classNames?: readonly string[];
  /** What its outputs are: the settings of its task. */
  readonly task?: { readonly kind: string };
}

/** Options of {@link saveModel}. */
export interface SaveModelOptions {
  /**
   * Numbers of the file of weights, which every tfjs reads: `'float32'`; `'float16'`, half the bytes; `'uint16'` and `'uint8'`,
   * a half and a quarter, where each weight but vectors becomes whole numbers on a scale of its own. Networks of stock layers
   * lose little; those with norms of their own are better written in stock layers first (`toStandardLayers`). Once loaded a
   * network computes in float32 as ever. Default `'float32'`.
   */
  readonly weights?: WeightNumbers;
}

/** A model with what it says of itself. */
export interface LoadedModel extends ModelMetadata {
  readonly model: LayersModel;
}

const KEYS = { normalize: true, classNames: true, task: true } satisfies OptionKeys<ModelMetadata>;

/** What a model.json holds, as far as it is read here. */
interface Manifest {
  readonly modelTopology?: object;
  readonly weightsManifest?: readonly {
    readonly paths: readonly string[];
    readonly weights: tf.io.WeightsManifestEntry[];
  }[];
  readonly userDefinedMetadata?: Readonly<Record<string, unknown>>;
}

const FILE = 'model.json';

/** The name of a file of weights says what is in it. */
const weightsFile = (bytes: Uint8Array) =>
  `weights-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.bin`;
const OURS = /^weights-[0-9a-f]{16}\.bin$/;

/** Refuses metadata that cannot be; returns what there is of it. */
function checkMetadata(fn: string, metadata: ModelMetadata, { outputs }: LayersModel): ModelMetadata {
  const { normalize, classNames, task } = metadata;
  if (normalize !== undefined) checkNormalization(fn, normalize);
  if (classNames !== undefined) {
    const classes = outputs[0]!.shape.at(-1);
    if (!Array.isArray(classNames) || !classNames.every((name) => typeof name === 'string'))
      throw typeError(fn, 'classNames must be a list of texts', classNames, 'name every class');
    if (classNames.length !== classes)
      throw rangeError(
        fn,
        `classNames must name the ${classes} classes of the model`,
        classNames,
        'name each',
      );
  }
  if (task !== undefined && typeof task?.kind !== 'string')
    throw typeError(
      fn,
      'task must be the settings of one',
      task,
      "pass for example { kind: 'classification' }",
    );
  return {
    ...(normalize && { normalize }),
    ...(classNames && { classNames }),
    ...(task && { task }),
  };
}

const pathsOf = ({ weightsManifest = [] }: Manifest) => weightsManifest.flatMap(({ paths }) => paths);

/** The files of weights that the folder's model has now. */
async function weightsOf(folder: string): Promise<readonly string[]> {
  try {
    return pathsOf(JSON.parse(await readFile(join(folder, FILE), 'utf8')));
  } catch {
    return [];
  }
}

/**
 * Writes a model as `tf.loadLayersModel` and {@link loadModel} read it: `model.json` and the file of weights that it names,
 * in a folder, which is made if it is missing.
 *
 * Whatever moment the process dies at, the folder holds the old model or the new one, whole. The optimizer is not saved.
 *
 * @param model - Any tf.LayersModel; that of `toStandardLayers` loads in programs without this library.
 * @param metadata - What a program needs to use it, kept in the model's user-defined metadata.
 * @throws TypeError or RangeError for what is no model, metadata that do not fit it, two weights of one name, or weights that
 * smaller numbers cannot hold; the system's error if the folder cannot be written.
 */
export async function saveModel(
  model: LayersModel,
  folder: string,
  metadata: ModelMetadata = {},
  options: SaveModelOptions = {},
): Promise<void> {
  if (!(model instanceof LayersModel))
    throw typeError('saveModel', 'the model must be a tf.LayersModel', model, 'pass a tf.model or a network');
  requireText('saveModel', 'the folder', folder, 'pass its path');
  checkOptions('saveModel, metadata', metadata, KEYS);
  checkOptions('saveModel', options, { weights: weightNumbers } satisfies OptionKeys<SaveModelOptions>);
  const { weights = 'float32' } = options;
  const said = checkMetadata('saveModel', metadata, model);
  const names = model.weights.map(({ originalName }) => originalName);
  const twin = names.find((name, i) => names.indexOf(name) !== i);
  if (twin !== undefined)
    throw rangeError('saveModel', 'two weights have one name', twin, 'give every layer a name of its own');
  await makeFolder(resolve(folder));
  await model.save(
    tf.io.withSaveHandler(async ({ weightData, weightSpecs, trainingConfig: _, ...artifacts }) => {
      const before = await weightsOf(folder);
      const whole = {
        bytes: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)),
        specs: weightSpecs!,
      };
      const { bytes, specs } = weights === 'float32' ? whole : quantizeWeights(whole, weights);
      const file = weightsFile(bytes);
      // The weights first, under a name of their own: model.json never points to what is not there.
      await writeFileAtomic(join(folder, file), bytes);
      const json = {
        ...artifacts,
        weightsManifest: [{ paths: [file], weights: specs }],
        userDefinedMetadata: { ...artifacts.userDefinedMetadata, ...said },
      };
      await writeFileAtomic(join(folder, FILE), JSON.stringify(json));
      for (const old of before)
        if (old !== file && OURS.test(old)) await unlink(join(folder, old)).catch(() => undefined);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
}

const damaged = (path: string, fault: string, got: unknown) =>
  rangeError(
    'loadModel',
    `'${path}' ${fault}`,
    got,
    'name a folder that saveModel() wrote, or save the model again',
  );

async function readPart(path: string): Promise<Buffer> {
  return readFile(path).catch((error: Error) => {
    throw damaged(path, 'must be there to be read', error.message);
  });
}

async function readWeights(folder: string, manifest: Manifest): Promise<ArrayBuffer> {
  const parts = [];
  for (const path of pathsOf(manifest)) {
    const file = join(folder, String(path));
    if (typeof path !== 'string' || basename(path) !== path)
      throw damaged(join(folder, FILE), 'must name files of weights beside it', path);
    const bytes = await readPart(file);
    if (OURS.test(path) && weightsFile(bytes) !== path)
      throw damaged(file, 'is cut or changed', `${bytes.length} bytes`);
    parts.push(bytes);
  }
  return Uint8Array.from(Buffer.concat(parts)).buffer;
}

/**
 * Loads a model from a folder that {@link saveModel} wrote, or any other with tfjs's `model.json`, with what it says of
 * itself. Importing `noisydarts/node` makes the layers of this library known to tfjs; classes of your own want
 * `tf.serialization.registerClass` first.
 *
 * @throws RangeError that names the file that is missing, damaged or of something else.
 */
export async function loadModel(folder: string): Promise<LoadedModel> {
  requireText('loadModel', 'the folder', folder, 'pass its path');
  const path = join(folder, FILE);
  const text = await readPart(path);
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text.toString('utf8'));
    checkModelTopology(manifest);
  } catch (error) {
    throw damaged(path, 'must be the graph of a model', (error as Error).message);
  }
  const { weightsManifest = [], userDefinedMetadata = {}, modelTopology } = manifest;
  const weightData = await readWeights(folder, manifest);
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  let model: LayersModel | undefined;
  try {
    // Without weights first, so that there is a model to let go of if they do not fit.
    model = await loadLayersModel(tf.io.fromMemory({ modelTopology } as tf.io.ModelArtifacts));
    const loaded = model;
    tf.tidy(() => loaded.loadWeights(tf.io.decodeWeights(weightData, weightSpecs)));
    model.setUserDefinedMetadata(userDefinedMetadata);
    const { normalize, classNames, task } = userDefinedMetadata as ModelMetadata;
    const given = { normalize, classNames, task } as ModelMetadata;
    return { model, ...checkMetadata('loadModel', given, model) };
  } catch (error) {
    if (model) disposeWeights(model);
    throw damaged(path, 'and its weights must make a model', (error as Error).message.split('\n')[0]);
  }
}
