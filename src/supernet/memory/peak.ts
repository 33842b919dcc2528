import { type Footprint, footprint } from '../../layers/footprint';

/** All that a part ever holds. */
export const held = ({ kept, back }: Footprint): number => kept + back;

/** The most that a pass holds at a time, on its way back from the last part to the first. */
export function peak(parts: readonly Footprint[]): number {
  let [live, most] = [0, 0];
  for (const part of parts) {
    live += part.kept;
    most = Math.max(most, live + part.back);
  }
  return most;
}

/**
 * A cell that runs forward a second time on its way back: until then it keeps its output alone.
 *
 * @param output - Numbers of its output, and `inputs` of what it takes.
 */
export function runTwice(parts: readonly Footprint[], output: number, inputs: readonly number[]): Footprint {
  return footprint({ kept: output, back: inputs.reduce((sum, input) => sum + input, peak(parts)) });
}
