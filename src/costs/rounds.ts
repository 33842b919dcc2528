import { type Spread, spreadOf } from './spread';

/** Something that is measured again and again. */
export interface Measured {
  readonly name: string;
  /** One measurement. */
  sample(): Promise<number>;
  /** Whether it is known well enough. */
  settled(spread: Spread): boolean;
}

/** When measuring ends. */
export interface RoundLimits {
  /** Rounds that there are at least. */
  readonly rounds: number;
  /** Milliseconds after which no further round begins. */
  readonly time: number;
  readonly signal?: AbortSignal | undefined;
}

/** What is known of one that is measured. */
export interface RoundResult extends Spread {
  readonly samples: number;
  readonly settled: boolean;
}

/** How far the rounds are. */
export interface RoundProgress {
  readonly round: number;
  /** How many of all are settled. */
  readonly settled: number;
  readonly total: number;
}

/**
 * Measures several in turn, so that what slows the machine down for a while falls on all of them, until all are settled or
 * the time is up. One that is settled is measured on with the others: few measurements that happen to agree would otherwise
 * be all there is of it. In every other round they come in the opposite order.
 */
export async function measureRounds(
  all: readonly Measured[],
  { rounds, time, signal }: RoundLimits,
  onRound?: (progress: RoundProgress) => void,
): Promise<ReadonlyMap<string, RoundResult>> {
  const start = performance.now();
  const samples = new Map(all.map(({ name }): [string, number[]] => [name, []]));
  const isSettled = (one: Measured) => {
    const known = samples.get(one.name)!;
    return known.length >= rounds && one.settled(spreadOf(known));
  };
  const isUp = (round: number) => round >= rounds && performance.now() - start > time;
  for (let round = 0; !signal?.aborted && !isUp(round); round++) {
    for (const one of round % 2 === 0 ? all : [...all].reverse()) {
      if (signal?.aborted) break;
      samples.get(one.name)!.push(await one.sample());
    }
    const settled = all.filter(isSettled).length;
    onRound?.({ round, settled, total: all.length });
    if (settled === all.length) break;
  }
  return new Map(
    all.flatMap((one): [string, RoundResult][] => {
      const known = samples.get(one.name)!;
      // Cut off before there was anything to go by.
      if (known.length < rounds) return [];
      return [[one.name, { ...spreadOf(known), samples: known.length, settled: isSettled(one) }]];
    }),
  );
}
