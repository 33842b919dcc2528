import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ImageDataset } from 'noisydarts';
import { measureNormalization, type Normalization } from 'noisydarts/data';
import { withoutAuxiliary } from 'noisydarts/network';
import { loadModel, type ModelMetadata } from 'noisydarts/node';
import { asUsage, UsageError } from '../command-line';
import { readExampleDigits } from '../data/digits';
import { chooseFormat, readImages } from '../data/images';
import { createFoundNetwork, readGenotype } from '../train/genotype';
import { restoreTraining } from '../train/restore';
import type { ExportRequest } from './options';

/** Images to calibrate and to test on. */
export interface ExportData {
  readonly train: ImageDataset;
  readonly test: ImageDataset;
  readonly normalize: Normalization | undefined;
}

/** The images of `--data`, or the digits where they fit the network; undefined if there are none. */
async function readData(request: ExportRequest, network?: LayersModel): Promise<ExportData | undefined> {
  const { data, limit } = request;
  if (data !== undefined) {
    const format = await chooseFormat(request);
    const images = await readImages({ ...request, data, ...(format && { format }) });
    return { train: images.train, test: await images.test(), normalize: images.trainAugment.normalize };
  }
  const { train, test } = await readExampleDigits(limit);
  const digits = { train, test, normalize: await measureNormalization(train) };
  return !network || fits(network, train) ? digits : undefined;
}

/** Whether a network tells the classes of such images. */
function fits({ inputs, outputs }: LayersModel, { shape, classes }: ImageDataset): boolean {
  const [input, output] = [inputs[0]!.shape.slice(1), outputs[0]!.shape.slice(1)];
  const isTaken =
    input.length === shape.length && input.every((side, i) => side === null || side === shape[i]);
  return (
    inputs.length === 1 && outputs.length === 1 && isTaken && output.length === 1 && output[0] === classes
  );
}

function checkFits(name: string, network: LayersModel, { train }: ExportData): void {
  if (fits(network, train)) return;
  const [{ shape: input }, { shape: output }] = [network.inputs[0]!, network.outputs[0]!];
  throw new UsageError(
    `--data: '${name}' takes [${input}] to [${output}], got images [${train.shape}] of ${train.classes} classes; name images as it was trained on`,
  );
}

/** What is written. */
export interface Subject extends ModelMetadata {
  readonly name: string;
  readonly network: LayersModel;
  readonly data: ExportData | undefined;
}

/** The network that is to be written, and images for it. */
export async function readSubject(request: ExportRequest): Promise<Subject> {
  const { model: folder, training, genotype } = request;
  if (training !== undefined) {
    const { network: restored, train, test, augment } = await restoreTraining(training);
    const network = withoutAuxiliary(restored);
    const { normalize } = augment;
    const own = { train, test, normalize };
    const data = request.data === undefined ? own : await asUsage(readData(request));
    if (data) checkFits(training, network, data);
    return { name: training, network, data, ...(normalize && { normalize }) };
  }
  if (folder === undefined) {
    const found = await readGenotype(genotype!);
    const data = (await asUsage(readData(request)))!;
    const network = createFoundNetwork(found, { ...request, auxiliary: false }, data.train);
    return { name: genotype!, network, data, ...(data.normalize && { normalize: data.normalize }) };
  }
  const { model: network, ...metadata } = await loadModel(folder).catch((error: Error) => {
    // A damaged file is no wrong command line.
    throw new Error(error.message, { cause: error });
  });
  const data = await asUsage(readData(request, network));
  if (data) checkFits(folder, network, data);
  const normalize = metadata.normalize ?? data?.normalize;
  return { name: folder, network, data, ...metadata, ...(normalize && { normalize }) };
}
