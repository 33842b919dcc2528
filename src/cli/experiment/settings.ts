import { join } from 'node:path';
import { expandPlan, type SweepJob, type SweepPlan } from 'noisydarts/sweep';

/** Methods that an experiment compares. */
export const methods = ['darts', 'noisy'] as const;
export type Method = (typeof methods)[number];

/** Spaces that an experiment searches in. */
export const spaces = ['nasbench201', 's1', 's2', 's3', 's4'] as const;
export type SpaceName = (typeof spaces)[number];

/** What every run of an experiment has in common: plain JSON, kept in its folder. */
export interface ExperimentSettings {
  readonly space: SpaceName;
  readonly method: readonly Method[];
  readonly seeds: number;
  /** Folder of CIFAR-10's binary files; the digits without it. */
  readonly data?: string;
  /** Images in all, one half for the weights, the other for alpha. */
  readonly limit: number;
  /** Table of NAS-Bench-201 results. */
  readonly table?: string;
  readonly channels: number;
  readonly cells: number;
  readonly epochs: number;
  readonly batch: number;
  /** Learning rate of alpha. */
  readonly alphaRate: number;
  /** Weight decay of alpha. */
  readonly alphaDecay: number;
  /** Lambda of the noisy method. */
  readonly noise: number;
  /** Measure the dominant eigenvalue after this many epochs; never without it. */
  readonly eigenvalue?: number;
}

/** One run: a method with a seed. */
export interface Run {
  readonly method: Method;
  readonly seed: number;
  /** What a report calls it. */
  readonly name: string;
  /** The job of the sweep. */
  readonly job: SweepJob;
}

/** An experiment as the plan of a sweep: the methods in turn for each seed, so that an unfinished one compares equals. */
export function planOf({ method, seeds, table: _, ...search }: ExperimentSettings): SweepPlan {
  return {
    name: 'experiment',
    search,
    grid: { seed: Array.from({ length: seeds }, (_, i) => i + 1), method },
  };
}

/** The runs of an experiment, in the order in which they begin. */
export const runsOf = (settings: ExperimentSettings): readonly Run[] =>
  expandPlan(planOf(settings)).map((job) => {
    const { method, seed } = job.search as unknown as Pick<Run, 'method' | 'seed'>;
    return { method, seed, name: `${method}-${seed}`, job };
  });

/** The folder of a run within that of the experiment. */
export const runFolder = (folder: string, { job }: Run): string => join(folder, 'jobs', job.name);
