/** What a part of a training pass holds in memory, in numbers an image. */
export interface Footprint {
  /** Maps kept to the end of the way back. */
  readonly kept: number;
  /** Maps kept until its own way back is done. */
  readonly released: number;
  /** Gradients that its way back makes, which tfjs holds to the end of all of it. */
  readonly back: number;
  /** What its way back needs besides, and gives back when it is done. */
  readonly within: number;
}

/** A footprint from what is not 0 of it. */
export function footprint(some: Partial<Footprint>): Footprint {
  return { kept: 0, released: 0, back: 0, within: 0, ...some };
}

/** Footprints of parts that are on their way back at the same time. */
export function together(parts: readonly Footprint[]): Footprint {
  const sum = (field: keyof Footprint) => parts.reduce((total, part) => total + part[field], 0);
  return { kept: sum('kept'), released: sum('released'), back: sum('back'), within: sum('within') };
}

/** All that a part ever holds. */
export const held = ({ kept, released, back, within }: Footprint): number => kept + released + back + within;

/** The most that a pass holds at a time, on its way back from the last part to the first. */
export function peak(parts: readonly Footprint[]): number {
  let live = parts.reduce((sum, { kept, released }) => sum + kept + released, 0);
  let most = live;
  for (const { released, back, within } of [...parts].reverse()) {
    most = Math.max(most, live + back + within);
    live += back - released;
  }
  return most;
}

/**
 * A cell that runs forward a second time on its way back: until then it keeps its output alone, and what it holds inside
 * does not outlive it but for the gradients of its inputs.
 *
 * @param output - Numbers of its output, and `inputs` of what it takes.
 */
export function runTwice(parts: readonly Footprint[], output: number, inputs: readonly number[]): Footprint {
  const gradients = inputs.reduce((sum, input) => sum + input, 0);
  // The gradient of an input that several cells take is a sum beside its parts.
  const sums = inputs.length > 1 ? output : 0;
  return footprint({ kept: output, back: gradients + sums, within: peak(parts) });
}
