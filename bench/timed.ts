import { median } from './options';

/** Seconds of a step, of the clock and of the processor; the first is not counted: it compiles and allocates. */
export async function timed(
  step: (index: number) => Promise<void>,
  steps: number,
  batch: number,
): Promise<{
  readonly step_seconds_median: number;
  readonly seconds_per_image: number;
  readonly cpu_seconds_per_image: number;
}> {
  await step(0);
  const times: number[] = [];
  const processor: number[] = [];
  for (let index = 1; index <= steps; index++) {
    const busy = process.cpuUsage();
    const start = performance.now();
    await step(index);
    times.push((performance.now() - start) / 1e3);
    const { user, system } = process.cpuUsage(busy);
    processor.push((user + system) / 1e6);
  }
  return {
    step_seconds_median: Number(median(times).toFixed(5)),
    seconds_per_image: Number((median(times) / batch).toFixed(7)),
    cpu_seconds_per_image: Number((median(processor) / batch).toFixed(7)),
  };
}
