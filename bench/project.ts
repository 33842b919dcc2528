import { count, parseOptions } from './options';
import { flags, inRounds, middle, ours, type Report } from './rounds';

/** Images a side and epochs of the search that is projected: half of CIFAR-10 for the weights, half for alpha. */
const IMAGES = 25_000;
const EPOCHS = 50;

/** The search step of the supernet of NAS-Bench-201 on one thread and on two. */
export const projectCommands = (steps = 3) => {
  const step = (threads: number) =>
    ours('supernet', ...flags({ space: 'nas-bench-201', layers: 5, batch: 64, threads, steps }));
  return { 'one thread': step(1), 'two threads': step(2) };
};

/** Hours of the search on some cores, from the step on one and two threads: what does not become shorter on two is taken to stay. */
export function projected(reports: Readonly<Record<'one thread' | 'two threads', readonly Report[]>>) {
  const [one, two] = [
    middle(reports['one thread'], 'seconds_per_image'),
    middle(reports['two threads'], 'seconds_per_image'),
  ];
  const shared = Math.min(one, Math.max(0, 2 * (one - two)));
  const hours = (cores: number) =>
    Number((((one - shared + shared / cores) * IMAGES * EPOCHS) / 3600).toFixed(1));
  return {
    seconds_per_image: { one, two },
    shared: Number((shared / one).toFixed(2)),
    hours: { measured_1: hours(1), measured_2: hours(2), projected_16: hours(16) },
  };
}

/**
 * Hours of a search of NAS-Bench-201's space, 50 epochs of 25,000 images a side on a supernet of 16 channels and 5 cells a
 * stage, on 1, 2 and 16 cores: from the time of its step at batch 64 on one and on two threads. What two threads do not make
 * shorter is taken for what sixteen do not either (Amdahl's law).
 */
export async function project(args: string[]): Promise<object> {
  const { values } = parseOptions({
    args,
    options: { rounds: { type: 'string', default: '3' }, steps: { type: 'string', default: '3' } },
  });
  const rounds = count('rounds', values.rounds);
  return {
    benchmark: 'project',
    epochs: EPOCHS,
    images: IMAGES,
    rounds,
    ...projected(inRounds(projectCommands(count('steps', values.steps)), rounds)),
  };
}
