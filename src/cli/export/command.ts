import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Command } from 'commander';
import { subset } from 'noisydarts';
import { evaluationBatches } from 'noisydarts/data';
import { countCost, evaluateNetwork, toStandardLayers } from 'noisydarts/network';
import { loadModel, saveModel, type WeightNumbers, writeFileAtomic } from 'noisydarts/node';
import { type WriteOnnxOptions, writeOnnx } from 'noisydarts/onnx';
import { makeFolder } from '../../node/make-folder';
import { useBackend } from '../backend';
import { UsageError } from '../command-line';
import { onnxAccuracy, onnxRuntime } from './onnx-runtime';
import { createExport, type ExportRequest, FORMS, type Form, readExport } from './options';
import { type ExportData, readSubject } from './subject';

/** A form that was written. */
export interface Exported {
  readonly form: Form;
  /** File or folder. */
  readonly path: string;
  /** Of the file, or of the folder's files. */
  readonly bytes: number;
  /** Share of the test images that it names rightly, percent; missing where nothing can tell. */
  readonly accuracy?: number;
}

/** What `export` comes to. */
export interface ExportResult {
  readonly model: string;
  readonly parameters: number;
  /** Accuracy of the model as it was, percent. */
  readonly accuracy?: number;
  readonly files: readonly Exported[];
}

/** Inputs of the network that the ranges of its maps are measured on. */
async function calibrationInputs({ train, normalize }: ExportData, count: number): Promise<tf.Tensor> {
  const some = subset(train, { to: Math.min(count, train.size) });
  for await (const { x, y } of evaluationBatches(some, { batchSize: some.size, normalize })) {
    y.dispose();
    return x;
  }
  throw new UsageError('--data: there must be a training image to calibrate on, got none; add some');
}

/** Bytes of a saved model's files. */
async function sizeOf(folder: string): Promise<number> {
  const { weightsManifest } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
  const files = ['model.json', ...weightsManifest[0].paths];
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

function describe({ model, parameters, accuracy, files }: ExportResult): string {
  const told = (value: number | undefined) => (value === undefined ? '' : `${value.toFixed(2)} %`);
  return [
    `${model}: ${parameters} parameters${accuracy === undefined ? '' : `, test accuracy ${told(accuracy)}`}`,
    ...files.map(({ form, path, bytes, accuracy: own }) =>
      [form.padEnd(12), kilobytes(bytes).padStart(11), told(own).padStart(9), ` ${path}`].join(' '),
    ),
  ].join('\n');
}

const free = (model: LayersModel) => tf.dispose(model.weights.map((weight) => weight.read()));

/** How many bytes a number of a form has. */
const numberBytes = (form: Form): number => (/8$/.test(form) ? 1 : /16$/.test(form) ? 2 : 4);

/**
 * Writes a network in several forms.
 *
 * @param tell - Is told the result. Default: it is printed.
 */
export async function runExport(
  request: ExportRequest,
  tell: (text: string) => void = console.log,
): Promise<void> {
  const { out, calibration, dryRun, json } = request;
  await useBackend(request);
  const { name, network, data, ...metadata } = await readSubject(request);
  const { normalize } = metadata;
  const isTrained = request.genotype === undefined;
  // Of what tells no class there is no accuracy.
  const tested =
    isTrained && (metadata.task?.kind ?? 'classification') === 'classification' ? data : undefined;
  const forms = request.to ?? FORMS.filter((form) => form !== 'onnx-int8' || data !== undefined);
  if (forms.includes('onnx-int8') && !data)
    throw new UsageError(
      '--to onnx-int8 needs images to calibrate on; name a folder of such as the network was trained on with --data',
    );
  const standard = toStandardLayers(network);
  const { parameters } = countCost(network).total;
  const accuracyOf = async (model: LayersModel) =>
    tested && (await evaluateNetwork(model, tested.test, { batchSize: 128, normalize })).top1;
  const runtime = tested && forms.some((form) => form.startsWith('onnx')) ? await onnxRuntime() : undefined;

  const writeTfjs = async (form: Form): Promise<Exported> => {
    const folder = join(out, form);
    const weights = (form.split('-')[1] ?? 'float32') as WeightNumbers;
    await saveModel(standard, folder, metadata, { weights });
    const { model } = await loadModel(folder);
    const accuracy = await accuracyOf(model).finally(() => free(model));
    return { form, path: folder, bytes: await sizeOf(folder), ...(accuracy !== undefined && { accuracy }) };
  };
  const writeOnnxFile = async (form: Form): Promise<Exported> => {
    const precision = (form.split('-')[1] ?? 'float32') as NonNullable<WriteOnnxOptions['precision']>;
    const inputs =
      precision === 'int8' ? await calibrationInputs({ ...data!, normalize }, calibration) : undefined;
    const file = await writeOnnx(standard, { precision, ...(inputs && { calibration: inputs }) }).finally(
      () => tf.dispose(inputs ?? []),
    );
    const path = join(out, `${form}.onnx`);
    await makeFolder(resolve(out));
    await writeFileAtomic(path, file);
    const accuracy =
      runtime && (await onnxAccuracy(runtime, file, tested!.test, { batchSize: 128, normalize }));
    return { form, path, bytes: file.length, ...(accuracy !== undefined && { accuracy }) };
  };
  try {
    if (dryRun) {
      const planned = forms.map((form) => ({ form, weightBytes: parameters * numberBytes(form) }));
      return tell(
        json
          ? JSON.stringify({ model: name, parameters, out, forms: planned })
          : [
              `${name}: ${parameters} parameters; nothing is written to ${out}`,
              ...planned.map(
                ({ form, weightBytes }) => `${form}: about ${kilobytes(weightBytes)} of weights`,
              ),
            ].join('\n'),
      );
    }
    const accuracy = await accuracyOf(network);
    const files: Exported[] = [];
    for (const form of forms) {
      console.error(`${form} ...`);
      files.push(await (form.startsWith('onnx') ? writeOnnxFile(form) : writeTfjs(form)));
    }
    const result: ExportResult = {
      model: name,
      parameters,
      ...(accuracy !== undefined && { accuracy }),
      files,
    };
    tell(json ? JSON.stringify(result) : describe(result));
    if (tested && !runtime && forms.some((form) => form.startsWith('onnx')))
      console.error('How exact the files of ONNX are is told where onnxruntime-node or -web is installed.');
  } finally {
    for (const model of [standard, network]) free(model);
  }
}

/** `export`. */
export function exportCommand(): Command {
  return createExport().action(async (_model, _options, program) => runExport(await readExport(program)));
}
