import type { BackendSettings } from '../backend';

/** What `detect train` says of pictures, detector and training. */
export interface DetectSettings extends BackendSettings {
  /** Folder of instances files and pictures. */
  readonly data: string;
  /** The first so many training pictures. */
  readonly limit?: number;
  /** `mobile`, `small`, a folder of a saved network, or a genotype. */
  readonly backbone: string;
  /** Of a genotype's network. */
  readonly channels?: number;
  readonly cells?: number;
  readonly width: number;
  /** Most pixels of the shorter and of the longer side. */
  readonly short: number;
  readonly long: number;
  /** Side of a square anchor in cells, and how many there are to the next octave. */
  readonly anchorSize: number;
  readonly anchorScales: number;
  readonly epochs: number;
  readonly batch: number;
  readonly method: 'sgd' | 'adam';
  readonly learningRate: number;
  readonly warmup: number;
  readonly frozenNorms: boolean;
  readonly flip: boolean;
  readonly evaluateEvery: number;
  readonly seed: number;
}

/** What a saved detector notes of its task. */
export interface DetectionTask {
  readonly kind: 'detection';
  readonly short: number;
  readonly long: number;
}
