import { type Footprint, footprint } from '../../layers/footprint';

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
