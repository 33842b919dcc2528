import { typeError } from '../errors';
/**
 * A layer's options as tfjs-layers can carry them through a saved model.
 *
 * tfjs-layers rewrites every text of a saved configuration to snake_case and back, which would turn 'sep_conv_3x3'
 * into another name; only the value of a key called `name` is left alone. So the options travel as JSON text there.
 */
export interface PackedOptions {
  readonly name: string;
}

/** Packs plain options for a layer's configuration. */
export function packOptions(options: object): PackedOptions {
  return { name: JSON.stringify(options) };
}

/** Reads options back from a layer's configuration. */
export function unpackOptions(packed: unknown): Record<string, unknown> {
  const text = (packed as PackedOptions | undefined)?.name;
  let options: unknown;
  try {
    options = JSON.parse(text as string);
  } catch {
    // Refused below.
  }
  if (options === null || typeof options !== 'object')
    throw typeError(
      'NoisyDartsLayer',
      'a saved layer must hold its options as JSON',
      text,
      'save the model again',
    );
  return options as Record<string, unknown>;
}
