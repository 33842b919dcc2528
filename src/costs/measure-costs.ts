import {
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  model as tfModel,
} from '@tensorflow/tfjs-layers';
import { checkOptions, type OptionKeys, rangeError } from '../errors';
import { type GenotypeOf, genotypeMixture, randomGenotype } from '../genotype';
import { disposeWeights } from '../layers/noisy-darts-layer';
import { toStandardLayers } from '../network';
import { differences } from '../runs/differences';
import { type AnySpace, alphaCandidates } from '../spaces';
import { type Blueprint, blueprintOf, type Costed, cheapest, type Site } from './blueprint';
import { type Calibration, fitted } from './calibration';
import {
  conditions,
  type MeasureOptions,
  type MeasuringConditions,
  measureKeys,
  onBackend,
  resolveMeasuring,
  type Settings,
} from './conditions';
import { partKey, summedCosts } from './count-costs';
import { weightsOf } from './count-model';
import { expectedCost } from './expected-cost';
import { operationModel } from './operation-model';
import { type Measured, measureRounds, type RoundProgress } from './rounds';
import { type NetworkSizes, sizeKeys, sizesOf } from './sizes';
import { type CostTable, checkCostTable, units } from './table';
import { TimedModel } from './timed-model';

/** Equal operations that the longer of two chains has more than the shorter, which has one. */
const MORE = 4;

/** Weights, in numbers, of operations that are in memory at once. */
const MOST_WEIGHTS = 2 ** 26;

/** Name of the network of the cheapest operations among the parts; those of random genotypes have a number behind it. */
const NETWORK = 'network';

/** Name of the additions among the parts, beside those of primitives. */
const ADD = 'add';

/** Options of {@link measureCosts}. */
export interface MeasureCostsOptions extends NetworkSizes, MeasureOptions {
  /**
   * Networks of random genotypes that are measured as a whole besides, to fit the sum of the operations to; 0 for none.
   * Default 8.
   */
  readonly networks?: number;
  /** Told after every round. */
  readonly onProgress?: (progress: RoundProgress) => void;
  /** A table begun earlier with the same options on the same device, to go on with: what is known is not measured again. */
  readonly resume?: LatencyTable;
}

const KEYS = {
  ...sizeKeys,
  ...measureKeys,
  networks: 'whole',
  onProgress: 'function',
  resume: 'object',
} satisfies OptionKeys<MeasureCostsOptions>;

/** An operation that was measured. */
export interface MeasuredPart {
  /** The operation and its place, input, channels and stride: `sep_conv_3x3 32x32x16/16/1`. */
  readonly name: string;
  /** Milliseconds it takes: the middle of all measurements. */
  readonly ms: number;
  /** Its standard error, in ms. */
  readonly error: number;
  readonly samples: number;
  /** Whether the error is within the tolerance; false if the time was up first. */
  readonly settled: boolean;
  /** Milliseconds of its first run, in which programs are compiled and weights laid out. */
  readonly firstRun: number;
}

/** A table of latencies. Plain JSON. */
export interface LatencyTable extends CostTable {
  readonly cost: 'latency';
  readonly measured: MeasuringConditions & {
    /** Whether everything was measured; false if a signal stopped it. */
    readonly complete: boolean;
    /** The networks that were measured as a whole, then every operation that takes any time. */
    readonly parts: readonly MeasuredPart[];
    /** How the sum of the operations was brought to what the networks take as a whole; not in older tables. */
    readonly calibration?: Calibration;
  };
}

/** Sums of a map with another, one after the other. */
function sums(site: Site, copies: number): LayersModel {
  const [x, other] = [0, 1].map(() => input({ batchShape: [...site.input] })) as [
    SymbolicTensor,
    SymbolicTensor,
  ];
  let y = x;
  for (let i = 0; i < copies; i++) y = layers.add().apply([y, other]) as SymbolicTensor;
  return tfModel({ inputs: [x, other], outputs: y });
}

const chains = (make: (copies: number) => LayersModel | null) => {
  const single = make(1);
  return single ? [single, make(1 + MORE)!] : [];
};

/** Whether a node sums as many edges as are not `none`, so that every edge but its first brings an addition. */
const addsUp = ({ space }: Blueprint) => space.kind === 'nas-bench-201';

/** Milliseconds of one addition in every cell: places of the first edge are one a cell. */
const additions = ({ sites }: Blueprint, ms: (name: string) => number) =>
  sites.filter(({ row }) => row === 0).reduce((sum, site) => sum + ms(partKey(site, ADD)), 0);

/** The genotypes whose networks are measured as a whole, by the names of their parts: the cheapest, then random ones. */
function wholeNetworks({ space }: Blueprint, networks: number): ReadonlyMap<string, GenotypeOf<AnySpace>> {
  const drawn = Array.from(
    { length: networks },
    (_, i) => [`${NETWORK} ${i + 1}`, randomGenotype(space, `calibration ${i}`)] as const,
  );
  return new Map([[NETWORK, cheapest('measureCosts', space)], ...drawn]);
}

const candidatesOf = ({ space }: Blueprint): Readonly<Record<string, readonly (readonly string[])[]>> => ({
  ...alphaCandidates<AnySpace>(space),
});

/** All that is to be measured, by name: the models that time it, made when they are asked for; none where it takes no time. */
function partsOf(
  blueprint: Blueprint,
  whole: ReturnType<typeof wholeNetworks>,
): ReadonlyMap<string, () => readonly LayersModel[]> {
  const parts = new Map<string, () => readonly LayersModel[]>();
  for (const [name, genotype] of whole)
    parts.set(name, () => {
      const network = blueprint.network(genotype);
      try {
        return [toStandardLayers(network)];
      } finally {
        disposeWeights(network);
      }
    });
  const candidates = candidatesOf(blueprint);
  for (const site of blueprint.sites) {
    for (const primitive of candidates[site.alpha]![site.row]!)
      parts.set(partKey(site, primitive), () => chains((copies) => operationModel(site, primitive, copies)));
    if (addsUp(blueprint)) parts.set(partKey(site, ADD), () => chains((copies) => sums(site, copies)));
  }
  return parts;
}

interface MeasuringRun {
  readonly settings: Settings;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: RoundProgress) => void) | undefined;
}

/** A part that is in memory. */
interface Held extends Measured {
  readonly timed: readonly TimedModel[];
}

/** The part of a name, timed by one model as a whole, or by two as the slope between them. */
function held(
  name: string,
  models: readonly LayersModel[],
  { batch, tolerance }: Settings,
  little: () => number,
): Held {
  const timed = models.map((model) => new TimedModel(model, batch));
  const [short, long] = timed;
  return {
    name,
    timed,
    sample: async () => {
      const first = await short!.sample();
      return long ? ((await long.sample()) - first) / MORE : first;
    },
    settled: ({ median, error }) => error <= tolerance * Math.max(median, little()),
  };
}

/**
 * Measures parts, as many at a time as memory is for.
 *
 * @param places - Of operations in the network: what is small beside its time over them need not be known well.
 */
async function measureParts(
  parts: readonly (readonly [name: string, make: () => readonly LayersModel[]])[],
  places: number,
  { settings, signal, onProgress }: MeasuringRun,
): Promise<readonly MeasuredPart[]> {
  const { seconds, rounds } = settings;
  const found: MeasuredPart[] = [];
  let network = 0;
  const little = () => network / places;
  for (let next = 0; next < parts.length && !signal?.aborted; ) {
    const group: Held[] = [];
    const begun = next;
    try {
      for (let weights = 0; next < parts.length && weights < MOST_WEIGHTS; next++) {
        const [name, make] = parts[next]!;
        const models = make();
        if (models.length === 0) {
          found.push({ name, ms: 0, error: 0, samples: 0, settled: true, firstRun: 0 });
          continue;
        }
        weights += models.reduce((sum, model) => sum + weightsOf(model), 0);
        group.push(held(name, models, settings, little));
      }
      for (const { timed } of group) for (const each of timed) if (!signal?.aborted) await each.warmUp();
      const whole = group.find(({ name }) => name === NETWORK);
      if (whole && !signal?.aborted) network = await whole.sample();
      const time = (1000 * seconds * (next - begun)) / parts.length;
      const before = found.length;
      const known = await measureRounds(group, { rounds, time, signal }, (progress) =>
        onProgress?.({ ...progress, settled: before + progress.settled, total: parts.length }),
      );
      for (const { name, timed } of group) {
        const { median, ...rest } = known.get(name) ?? {};
        if (median === undefined) continue;
        found.push({ name, ms: Math.max(0, median), ...rest, firstRun: timed[0]!.firstRun } as MeasuredPart);
      }
    } finally {
      for (const { timed } of group) for (const each of timed) each.dispose();
    }
  }
  return found;
}

/** Refuses a table of something else, or of another device. */
function checkSame(resume: LatencyTable, expected: Readonly<Record<string, unknown>>): void {
  checkCostTable('measureCosts', resume);
  const { space, sizes, measured } = resume;
  const { backend, device, batch } = Object(measured) as LatencyTable['measured'];
  const given: Readonly<Record<string, unknown>> = { space, sizes, backend, device, batch };
  for (const [what, value] of Object.entries(expected)) {
    if (differences(given[what], value).length > 0)
      throw rangeError(
        'measureCosts',
        `the table to go on with must have the same ${what}, ${JSON.stringify(value)}`,
        given[what],
        'leave resume out',
      );
  }
}

/**
 * Measures what the networks of a space take on the device at hand, operation by operation, in stock layers
 * (`toStandardLayers`), as they will run.
 *
 * An operation's time is the slope between a chain of one and one of five equal operations (side by side where the map
 * changes), so that what a run costs by itself cancels; first runs are kept apart. Everything is measured in turn, round by
 * round, until the standard error of each is within the tolerance or the time is up.
 *
 * Operations in a network take more or less than by themselves: maps come from other places of memory, and sums and
 * concatenations stand between. So networks of random genotypes and that of the cheapest operations are measured as a whole
 * among them, and the table is `fixed + sum over primitives of slope * operations`, fitted to these by least squares; see
 * {@link Calibration}.
 *
 * `latency(table, { limit })` makes a budget of the result; `predictCost(table, genotype)` tells what a network should take.
 *
 * @param space - The space, or a model of one's own that holds mixed edges. Operations of one's own are measured too; those
 * that `toStandardLayers` does not know are told to it with `defineStandard`.
 * @throws TypeError or RangeError for what is neither, bad options, or a table to go on with of something else.
 */
export async function measureCosts(space: Costed, options: MeasureCostsOptions = {}): Promise<LatencyTable> {
  const fn = 'measureCosts';
  const { signal, onProgress, resume, backend, networks = 8 } = checkOptions(fn, options, KEYS);
  const settings = resolveMeasuring(fn, options);
  return onBackend(backend, async () => {
    const sizes = sizesOf(options);
    const blueprint = blueprintOf(fn, space, sizes);
    const on = conditions(settings);
    const { device, batch } = on;
    if (resume) checkSame(resume, { space: blueprint.space, sizes, backend: on.backend, device, batch });
    const whole = wholeNetworks(blueprint, networks);
    const parts = partsOf(blueprint, whole);
    const known = new Map(
      (resume?.measured.parts ?? []).filter(({ settled }) => settled).map((part) => [part.name, part]),
    );
    const open = [...parts].filter(([name]) => !known.has(name));
    for (const part of await measureParts(open, blueprint.sites.length, { settings, signal, onProgress }))
      known.set(part.name, part);
    const ms = (name: string) => known.get(name)?.ms ?? 0;
    const adds = addsUp(blueprint);
    /** The costs, each primitive's times a factor. */
    const terms = (fixed: number, factor: (primitive: string) => number) => ({
      space: blueprint.space,
      fixed,
      costs: summedCosts(blueprint, (site, primitive) => {
        // A node leaves it out.
        if (primitive === 'none') return 0;
        const sum = adds ? factor(ADD) * ms(partKey(site, ADD)) : 0;
        return factor(primitive) * ms(partKey(site, primitive)) + sum;
      }),
      usedOnly: true,
      ...(adds && { joined: factor(ADD) * additions(blueprint, ms) }),
    });
    const each = [...new Set(Object.values(candidatesOf(blueprint)).flat(2)), ...(adds ? [ADD] : [])].map(
      (primitive) => [primitive, terms(0, (other) => Number(other === primitive))] as const,
    );
    const taken = [...whole].flatMap(([name, genotype]) => {
      const part = known.get(name);
      if (!part) return [];
      const mixture = genotypeMixture(blueprint.space, genotype);
      const operations = Object.fromEntries(
        each.map(([primitive, alone]) => [primitive, expectedCost(alone, mixture)]),
      );
      return [{ operations, ms: part.ms, error: part.error }];
    });
    const calibration = fitted(taken);
    const { fixed, slope, slopes } = calibration;
    const complete = [...parts.keys()].every((name) => known.has(name));
    return {
      format: 'noisydarts-costs',
      version: 1,
      cost: 'latency',
      unit: units.latency,
      sizes,
      ...terms(fixed, (primitive) => slopes[primitive] ?? slope),
      measured: { ...on, complete, parts: [...known.values()], calibration },
    };
  });
}
