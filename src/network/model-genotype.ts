import type { LayersModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';
import type { ModelGenotype } from '../genotype';
import { checkModelGenotype } from '../genotype/model';
import { edgesByName, spaceOf } from '../supernet/model/edges';

/**
 * The strongest operation of every mixed edge of a model, by the name of its layer; plain JSON. Reads alpha from the device.
 *
 * @throws TypeError without a mixed edge; RangeError if two have one name.
 */
export function modelGenotype(model: LayersModel): Record<string, string> {
  return Object.fromEntries(
    [...edgesByName('modelGenotype', model)].map(([name, edge]) => [name, edge.decode().op]),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw typeError(
      'modelGenotypeFromJson',
      `this is not JSON (${(error as Error).message})`,
      text,
      'pass the text of a genotype.json',
    );
  }
}

/**
 * Reads the genotype of a model from JSON, as text or already parsed: what `JSON.stringify(modelGenotype(model))` and the
 * report of a search wrote.
 *
 * @throws TypeError for what is no JSON of a record; RangeError that names the first edge that is missing or unknown, or an
 * operation that an edge does not offer.
 */
export function modelGenotypeFromJson(model: LayersModel, json: unknown): ModelGenotype {
  const space = spaceOf(model?.name, edgesByName('modelGenotypeFromJson', model));
  const value = typeof json === 'string' ? parsed(json) : json;
  return { ...checkModelGenotype('modelGenotypeFromJson', value, space) };
}
