/** One element of alpha. */
export interface ArchGradientElement {
  /** Name of the variable. */
  readonly variable: string;
  /** Flat position in it. */
  readonly index: number;
  /** What the architect says. */
  readonly gradient: number;
  /** What the differences of the loss say. */
  readonly difference: number;
  /** How much the differences of one and of half the length disagree. */
  readonly doubt: number;
}

export interface ArchGradientReport {
  /** True when `error` is within the tolerance and nothing has `moved`. */
  readonly passed: boolean;
  /** Largest |gradient - difference| over the largest |difference|. */
  readonly error: number;
  /**
   * Largest doubt over the largest |difference|. Where it comes near the error, the differences are the weak side: the
   * loss has kinks there (ReLU, max pooling), or float32 drowns the step.
   */
  readonly doubt: number;
  /** The factor c that brings c * difference closest to the gradient: 1 if right, near -1 for a wrong sign. */
  readonly factor: number;
  /** Names of the variables that the architect's gradient did not leave as they were. */
  readonly moved: readonly string[];
  readonly elements: readonly ArchGradientElement[];
}

/** Draws the conclusion from the elements checked. */
export function report(
  elements: readonly ArchGradientElement[],
  moved: readonly string[],
  tolerance: number,
): ArchGradientReport {
  const largest = (values: number[]) => Math.max(0, ...values);
  const scale = Math.max(largest(elements.map(({ difference }) => Math.abs(difference))), 1e-12);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const error = largest(elements.map(({ gradient, difference }) => Math.abs(gradient - difference))) / scale;
  return {
    passed: error <= tolerance && moved.length === 0,
    error,
    doubt: largest(elements.map(({ doubt }) => doubt)) / scale,
    factor:
      sum(elements.map(({ gradient, difference }) => gradient * difference)) /
      sum(elements.map(({ difference }) => difference * difference)),
    moved,
    elements,
  };
}
