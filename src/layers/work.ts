/** Shape of a batch of maps [batch, height, width, channels] or of signals [batch, time, channels]; null where unknown. */
export type MapShape =
  | [number | null, number | null, number | null, number]
  | [number | null, number | null, number];

/** Shape of one input of a network: an image, or a signal. */
export type InputShape =
  | readonly [height: number, width: number, channels: number]
  | readonly [time: number, channels: number];

/** Shapes of a layer's input and output, without unknowns beyond the batch. */
export interface LayerShapes {
  readonly input: MapShape;
  readonly output: readonly (number | null)[];
}

/** The countable work of one layer without the layers inside it, for one image. */
export interface Work {
  /** Multiply-adds of convolutions. */
  readonly convolution?: number;
  /** Additions of convolutions' biases. */
  readonly convolutionBias?: number;
  /** Products of linear maps. */
  readonly linear?: number;
  /** Values that batch norms put out. */
  readonly batchNorm?: number;
  /** Average pooling with a window of that side, and of that many pixels. */
  readonly averagePool?: { readonly window: number; readonly pixels: number; readonly outputs: number };
  /** Global average pooling. */
  readonly globalPool?: { readonly pixels: number; readonly outputs: number };
}

/** Numbers an image, without the batch axis. */
export const numbers = ([, ...sides]: readonly (number | null)[]): number =>
  sides.reduce<number>((all, side) => all * side!, 1);

export const pixels = (shape: readonly (number | null)[]): number => numbers(shape) / shape.at(-1)!;
