import { median } from './spread';

/** A network measured as a whole. */
export interface WholeNetwork {
  /** Milliseconds of its operations, each by itself, summed by primitive. */
  readonly operations: Readonly<Record<string, number>>;
  /** Milliseconds of the network. */
  readonly ms: number;
  /** Its standard error, in ms. */
  readonly error: number;
}

/** `ms = fixed + sum over primitives of slopes * operations`, through networks that were measured as a whole. Plain JSON. */
export interface Calibration {
  /** Networks that it was fitted to. */
  readonly networks: number;
  /** Milliseconds that every network takes besides its operations. */
  readonly fixed: number;
  /** What an operation takes in a network, as a share of what it takes by itself: of all primitives together. */
  readonly slope: number;
  /** The same of each primitive. */
  readonly slopes: Readonly<Record<string, number>>;
  /**
   * How far a network is from what the others say of it, as a share of its time: the middle of all; 0 for three or fewer.
   */
  readonly residual: number;
}

type Fit = Omit<Calibration, 'residual'>;

/** As a share of a network's time, what is not known of it besides its standard error: the fit counts shares. */
const SHARE = 0.02;

/** How far the slope of a primitive is expected to be from that of all, as a share of it. */
const APART = 0.2;

/** Sweeps of the descent, and the change of a slope at which it is done. */
const SWEEPS = 10_000;
const DONE = 1e-9;

const weightOf = ({ ms, error }: WholeNetwork) => 1 / (error ** 2 + (SHARE * ms) ** 2);

const sumOf = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0);

/** The primitives that any network has, but for those that take no time. */
const namesOf = (networks: readonly WholeNetwork[]) => [
  ...new Set(
    networks.flatMap(({ operations }) => Object.keys(operations).filter((name) => operations[name]! > 0)),
  ),
];

/** Fixed and slope of the line through the sums of all operations. */
function line(networks: readonly WholeNetwork[]): readonly [fixed: number, slope: number] {
  const weights = networks.map(weightOf);
  const points = networks.map(({ operations, ms }) => [sumOf(Object.values(operations)), ms] as const);
  const all = sumOf(weights);
  const mean = (of: (x: number, y: number) => number) =>
    sumOf(points.map(([x, y], i) => weights[i]! * of(x, y))) / all;
  const [x, y] = [mean((each) => each), mean((_, each) => each)];
  const free = mean((each, ms) => (each - x) * (ms - y)) / mean((each) => (each - x) ** 2);
  const slope = networks.length > 2 && free > 0 && Number.isFinite(free) ? free : 1;
  // Nothing takes less than nothing.
  if (y < slope * x) return [0, mean((each, ms) => each * ms) / mean((each) => each ** 2)];
  return [y - slope * x, slope];
}

/**
 * Slopes of the primitives by coordinate descent, from the line of all: least squares with
 * `sum over primitives of ((slope_p - slope) / (0.2 slope))^2` besides, nothing below 0.
 */
function apart(networks: readonly WholeNetwork[], [fixed, slope]: readonly [number, number]): Fit {
  const weights = networks.map(weightOf);
  const names = namesOf(networks);
  const columns = [
    { x: networks.map(() => 1), pull: 0 },
    ...names.map((name) => ({
      x: networks.map(({ operations }) => operations[name] ?? 0),
      pull: 1 / (APART * slope) ** 2,
    })),
  ];
  const product = (a: readonly number[], b: readonly number[]) =>
    sumOf(a.map((each, i) => weights[i]! * each * b[i]!));
  const ms = networks.map((network) => network.ms);
  const squares = columns.map(({ x }) => columns.map((other) => product(x, other.x)));
  const targets = columns.map(({ x }) => product(x, ms));
  const found = [fixed, ...names.map(() => slope)];
  const step = ({ pull }: (typeof columns)[number], c: number) => {
    const before = found[c]!;
    const curvature = squares[c]![c]! + pull;
    const force =
      targets[c]! - sumOf(squares[c]!.map((each, k) => each * found[k]!)) + pull * (slope - before);
    if (curvature > 0) found[c] = Math.max(0, before + force / curvature);
    return Math.abs(found[c]! - before);
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) if (Math.max(...columns.map(step)) < DONE) break;
  return {
    networks: networks.length,
    fixed: found[0]!,
    slope,
    slopes: Object.fromEntries(names.map((name, i) => [name, found[i + 1]!])),
  };
}

function fitOf(networks: readonly WholeNetwork[]): Fit {
  if (networks.length > 2) return apart(networks, line(networks));
  const [fixed, slope] = networks.length === 0 ? [0, 1] : line(networks);
  return {
    networks: networks.length,
    fixed,
    slope,
    slopes: Object.fromEntries(namesOf(networks).map((name) => [name, slope])),
  };
}

/** What a fit says of a network, in ms. */
export const calibrated = (
  { fixed, slope, slopes }: Omit<Calibration, 'residual' | 'networks'>,
  operations: WholeNetwork['operations'],
): number => fixed + sumOf(Object.entries(operations).map(([name, ms]) => (slopes[name] ?? slope) * ms));

/**
 * Fits what networks take as a whole to what their operations take by themselves, by weighted least squares.
 *
 * The line `fixed + slope * operations` through the sums comes first, each network weighed by `1 / (error^2 + (0.02 ms)^2)`, so
 * that one whose measurements were disturbed counts little; of slope 1 where there are fewer than three, or nothing that tells
 * a slope, and through the origin where it would begin below. Around it each primitive finds a slope of its own, as far as
 * the networks tell it: one that they say nothing of has the slope of all. So an error in an operation's measurement, or what
 * it finds in the cache only by itself, does not stay.
 */
export function fitted(networks: readonly WholeNetwork[]): Calibration {
  const off = (network: WholeNetwork) => {
    const others = fitOf(networks.filter((other) => other !== network));
    return Math.abs(calibrated(others, network.operations) / network.ms - 1);
  };
  return { ...fitOf(networks), residual: networks.length > 3 ? median(networks.map(off)) : 0 };
}
