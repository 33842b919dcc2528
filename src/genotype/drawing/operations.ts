/** Operations that a drawing colours alike. */
export type Family = 'separable' | 'dilated' | 'convolution' | 'pooling' | 'skip' | 'nothing' | 'other';

const FAMILIES: readonly (readonly [RegExp, Family])[] = [
  [/^sep_conv/, 'separable'],
  [/^dil_conv/, 'dilated'],
  [/conv/, 'convolution'],
  [/pool/, 'pooling'],
  [/^skip/, 'skip'],
  [/^(none|noise)$/, 'nothing'],
];

/** The family of an operation, by its name. */
export function operationFamily(primitive: string): Family {
  return FAMILIES.find(([pattern]) => pattern.test(primitive))?.[1] ?? 'other';
}

/** An operation's name as people write it: `sep conv 3×3` for `sep_conv_3x3`. */
export function operationLabel(primitive: string): string {
  if (primitive === 'skip_connect') return 'skip';
  return primitive.replace(/(\d)x(?=\d)/g, '$1×').replaceAll('_', ' ');
}

/** A label with its weight, as the drawing shows it. */
export function weightLabel(weight: number): string {
  return weight.toFixed(2);
}
