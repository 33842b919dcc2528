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

/** What {@link checkArchGradient} found. */
export interface ArchGradientReport {
  /** Whether the verdict is `'right'`. */
  readonly passed: boolean;
  /**
   * `'right'`: the error is within the tolerance and nothing has moved. `'wrong'`: one of both is not so. `'undecided'`:
   * for more than half of the elements the differences are not sure enough to judge by, because the loss has kinks
   * there (ReLU, max pooling) or float32 drowns the step; try another step, a larger batch, a smaller learning rate.
   */
  readonly verdict: 'right' | 'wrong' | 'undecided';
  /** Largest |gradient - difference| over the largest |difference|, both over the clear elements. */
  readonly error: number;
  /** The factor c that brings c * difference closest to the gradient: 1 if right, near -1 for a wrong sign. */
  readonly factor: number;
  /** How many elements are clear: their doubt is within the tolerance, relative to the largest |difference| of all. */
  readonly clear: number;
  /** Names of the variables that the architect's gradient did not leave as they were. */
  readonly moved: readonly string[];
  readonly elements: readonly ArchGradientElement[];
}

/** Below this a gradient counts as zero. */
const FLOOR = 1e-12;

const largestDifference = (elements: readonly ArchGradientElement[]) =>
  Math.max(FLOOR, ...elements.map(({ difference }) => Math.abs(difference)));

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Draws the conclusion from the elements checked. */
export function report(
  elements: readonly ArchGradientElement[],
  moved: readonly string[],
  tolerance: number,
): ArchGradientReport {
  const bound = tolerance * largestDifference(elements);
  const clear = elements.filter(({ doubt }) => doubt <= bound);
  const worst = Math.max(0, ...clear.map(({ gradient, difference }) => Math.abs(gradient - difference)));
  const error = worst / largestDifference(clear);
  const enough = 2 * clear.length >= elements.length;
  const wrong = moved.length > 0 || (enough && !(error <= tolerance));
  const verdict = wrong ? 'wrong' : enough ? 'right' : 'undecided';
  return {
    passed: verdict === 'right',
    verdict,
    error,
    factor:
      sum(clear.map(({ gradient, difference }) => gradient * difference)) /
      sum(clear.map(({ difference }) => difference * difference)),
    clear: clear.length,
    moved,
    elements,
  };
}
