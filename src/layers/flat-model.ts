import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { typeError } from '../errors';
import { functional } from './functional';

/** The shape of one input or output, without the batch; null for a side of any length. */
export type Sides = readonly (number | null)[];

/** A model as a function of one tensor to one. */
export interface FlatModel {
  /** Shape of an example. */
  readonly inputShape: Sides;
  /** Shape of an output. */
  readonly outputs: Sides;
  /** [N, ...inputShape] to [N, ...outputs]. */
  apply(x: tf.Tensor, options: object): tf.Tensor;
}

const sizeOf = (sides: Sides): number => sides.reduce<number>((size, side) => size * side!, 1);

const shapesOf = (tensors: readonly { readonly shape: Sides }[]): Sides[] =>
  tensors.map(({ shape }) => shape.slice(1));

/** Whether a shape is one that these sides stand for. */
export const isOfSides = (shape: readonly number[], sides: Sides): boolean =>
  shape.length === sides.length && sides.every((side, i) => side === null || side === shape[i]);

/** Sides for messages. */
export const describeSides = (sides: Sides): string => sides.map((side) => side ?? 'any').join('x');

/** One shape for several. */
function joined(fn: string, what: string, shapes: readonly Sides[]): Sides {
  if (shapes.length === 1) return shapes[0]!;
  if (shapes.flat().includes(null))
    throw typeError(
      fn,
      `several ${what} of a model lie one after the other, and every side of them must have a length`,
      shapes,
      'give them such shapes',
    );
  return [shapes.reduce((size, shape) => size + sizeOf(shape), 0)];
}

/** The shape of a model's example: that of its one input, or of several the number of all their values. */
export const exampleShape = (fn: string, model: LayersModel): Sides =>
  joined(fn, 'inputs', shapesOf(functional(model).inputs));

/** Examples as a model takes them: of several inputs [N, values of all] in the shapes of what lies in it. */
export function inputsIn(model: LayersModel, x: tf.Tensor): tf.Tensor | tf.Tensor[] {
  const shapes = shapesOf(functional(model).inputs);
  if (shapes.length === 1) return x;
  const parts = tf.split(x, shapes.map(sizeOf), 1);
  return parts.map((part, i) => tf.reshape(part, [-1, ...(shapes[i] as number[])]));
}

function join(parts: readonly tf.Tensor[]): tf.Tensor {
  if (parts.length === 1) return parts[0]!;
  return tf.concat(
    parts.map((part) => tf.reshape(part, [part.shape[0]!, -1])),
    1,
  );
}

/**
 * A model as a function of one tensor to one: several inputs lie one after the other in an example, several outputs in a
 * target, in the model's own order.
 *
 * @throws TypeError if of several one has a side of any length.
 */
export function flatModel(fn: string, model: LayersModel): FlatModel {
  const graph = functional(model);
  return {
    inputShape: exampleShape(fn, graph),
    outputs: joined(fn, 'outputs', shapesOf(graph.outputs)),
    apply: (x, options) =>
      tf.tidy(() => join([graph.apply(inputsIn(graph, x), options)].flat() as tf.Tensor[])),
  };
}
