import { typeError } from '../errors';

/** The names of the built-in primitives. */
export const primitiveNames = [
  'none',
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'sep_conv_7x7',
  'dil_conv_3x3',
  'dil_conv_5x5',
  'conv_7x1_1x7',
  'conv_9x9',
  'nor_conv_1x1',
  'nor_conv_3x3',
  'noise',
  'max_pool_3',
  'avg_pool_3',
  'sep_conv_3',
  'sep_conv_5',
  'sep_conv_7',
  'sep_conv_9',
  'dil_conv_3',
  'dil_conv_5',
  'dil_conv_9',
] as const;

/** The name of a built-in primitive. */
export type PrimitiveName = (typeof primitiveNames)[number];

const PATTERN = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** Whether a text can name a primitive in every format a genotype is written in. */
export function isPrimitiveName(value: unknown): value is string {
  return typeof value === 'string' && PATTERN.test(value) && !(value in Object.prototype);
}

/** {@link isPrimitiveName} in words, for error messages. */
export const PRIMITIVE_NAME_RULE =
  "a letter or '_', then letters, digits, '_', '-' or '.'; no name that every object has, such as toString";

const known = new Set<string>(primitiveNames);

/** Whether an operation has this name, built in or named by {@link namePrimitive}. */
export function isKnownPrimitive(name: string): boolean {
  return known.has(name);
}

/** Makes the name of an operation known to spaces. @throws TypeError if a genotype cannot hold the name. */
export function namePrimitive(fn: string, name: string): void {
  if (!isPrimitiveName(name)) {
    throw typeError(fn, 'this is not a name', name, `use ${PRIMITIVE_NAME_RULE}`);
  }
  known.add(name);
}
