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
  return JSON.parse((packed as PackedOptions).name) as Record<string, unknown>;
}
