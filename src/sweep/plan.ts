import { createHash } from 'node:crypto';
import { checkOptions, type OptionKeys, rangeError, requireKind, requireOptions, typeError } from '../errors';

/** The value of an option of a command. */
export type OptionValue = string | number | boolean;

/** Options of `noisydarts search` or `noisydarts train`, in camel case: `{ space: 's2', latencyLimit: 8, fast: false }`. */
export type CommandOptions = Readonly<Record<string, OptionValue>>;

/** Many searches as data: plain JSON. */
export interface SweepPlan {
  /** What the sweep is called; a folder keeps to one name. */
  readonly name: string;
  /** Options that all searches have in common. */
  readonly search?: CommandOptions;
  /** Values of options, every combination of which is a search: `{ space: ['s1', 's2'], seed: [1, 2, 3] }`. */
  readonly grid?: Readonly<Record<string, readonly OptionValue[]>>;
  /** Options one by one; with a grid, each of them with every combination. */
  readonly list?: readonly CommandOptions[];
  /** Options of the training of what each search has found. Default: nothing is trained. */
  readonly train?: CommandOptions;
  /**
   * `'paper'`: the protocol of NoisyDARTS. Each setting is searched with the seeds 1, 2, ..., what each of these searches finds is
   * trained by the options of `trial`, and the best of them anew by those of `train`. Default `'grid'`.
   */
  readonly plan?: 'grid' | 'paper';
  /** With `'paper'`: searches of each setting. Default 7, which is how many genotypes of each the official code lists. */
  readonly searches?: number;
  /** With `'paper'`: options of the short trainings. */
  readonly trial?: CommandOptions;
}

/** One search, and the training of what it has found; or the training of the best that others have found. */
export interface SweepJob {
  /** What is special to it and the hash of its options: the same in every plan that has the job. */
  readonly name: string;
  readonly search: CommandOptions;
  readonly train?: CommandOptions;
  /**
   * Names of jobs that end before it begins. It searches nothing: `search` is what theirs have in common, and the best network
   * that they have found is trained.
   */
  readonly after?: readonly string[];
}

const KEYS = {
  name: 'text',
  search: 'object',
  grid: 'object',
  list: 'list',
  train: 'object',
  plan: ['grid', 'paper'],
  searches: 'count',
  trial: 'object',
} satisfies OptionKeys<SweepPlan>;

/** What a sweep sets itself. */
const ITS_OWN = ['runs', 'name', 'resume', 'json', 'dryRun', 'genotype'];

/** JSON that does not depend on the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

const hash = (value: unknown) => createHash('sha256').update(canonical(value)).digest('hex');

function checkValue(where: string, value: unknown): void {
  const fits = typeof value === 'number' ? Number.isFinite(value) : /^(string|boolean)$/.test(typeof value);
  if (!fits)
    throw typeError(
      'expandPlan',
      `${where} must be a text, a finite number, true or false`,
      value,
      'correct it',
    );
}

function checkCommandOptions(where: string, options: CommandOptions): void {
  requireOptions('expandPlan', options, `pass ${where} as an object of options`);
  for (const [key, value] of Object.entries(options)) {
    checkKey(where, key);
    checkValue(`${where}.${key}`, value);
  }
}

function checkKey(where: string, key: string): void {
  if (!/^[a-z][a-zA-Z]*$/.test(key))
    throw rangeError(
      'expandPlan',
      `${where} must have options in camel case`,
      key,
      "write for example 'latencyLimit'",
    );
  if (ITS_OWN.includes(key))
    throw rangeError('expandPlan', `${where} cannot have what a sweep sets itself`, key, 'leave it out');
}

/** Refuses a part of the paper's protocol where another one is followed, and the other way round. */
function checkProtocol({ plan = 'grid', searches, trial, search, grid, list = [] }: SweepPlan): void {
  if (plan === 'grid') {
    const [own] = Object.entries({ searches, trial }).filter(([, value]) => value !== undefined);
    if (own)
      throw rangeError('expandPlan', `${own[0]} belongs to the plan 'paper'`, own[1], "add plan: 'paper'");
    return;
  }
  if (trial === undefined)
    throw typeError(
      'expandPlan',
      "the plan 'paper' must have trial, the options of the short trainings",
      trial,
      'pass for example { epochs: 50 }',
    );
  if ([search, grid, ...list].some((options) => options && 'seed' in options))
    throw rangeError('expandPlan', "the plan 'paper' sets the seeds of its searches", 'seed', 'leave it out');
}

function checkPlan(plan: SweepPlan): void {
  checkOptions('expandPlan', plan, KEYS);
  const { name, search = {}, grid = {}, list = [], train = {}, trial = {} } = plan;
  requireKind('expandPlan', 'name', name, 'text', "call the plan for example 'noise'");
  if (!/^[\w-][\w.-]*$/.test(name))
    throw rangeError(
      'expandPlan',
      "name must consist of letters, digits, '_', '-' and '.'",
      name,
      'rename the plan',
    );
  checkCommandOptions('search', search);
  checkCommandOptions('train', train);
  checkCommandOptions('trial', trial);
  checkProtocol(plan);
  for (const [i, options] of list.entries()) checkCommandOptions(`list[${i}]`, options);
  requireOptions('expandPlan', grid, 'pass grid as an object of lists');
  for (const [key, values] of Object.entries(grid)) {
    checkKey('grid', key);
    requireKind('expandPlan', `grid.${key}`, values, 'list', 'pass the values that are to be tried');
    if (values.length === 0)
      throw rangeError(
        'expandPlan',
        `grid.${key} must have a value`,
        values,
        'add one, or leave the option out',
      );
    for (const [i, value] of values.entries()) checkValue(`grid.${key}[${i}]`, value);
  }
}

/** Every combination of the values, the last option running fastest. */
const combinations = (grid: NonNullable<SweepPlan['grid']>): CommandOptions[] =>
  Object.entries(grid).reduce<CommandOptions[]>(
    (all, [key, values]) => all.flatMap((options) => values.map((value) => ({ ...options, [key]: value }))),
    [{}],
  );

/** What a job is called: letters, digits and the like, whatever is in its options. */
function jobName(special: CommandOptions, whole: object): string {
  const parts = Object.entries(special).map(([key, value]) => `${key}-${value}`);
  const label = parts
    .join('-')
    .replace(/[^\w.-]+/g, '_')
    .slice(0, 80);
  return [...(label === '' ? [] : [label.replace(/^\./, '_')]), hash(whole).slice(0, 10)].join('-');
}

/** The searches of a setting by the paper's protocol, and the training of the best of what they find. */
function protocol(
  { searches = 7, trial, train = {} }: SweepPlan,
  special: CommandOptions,
  search: CommandOptions,
): SweepJob[] {
  const tried = Array.from({ length: searches }, (_, i) => {
    const options = { search: { ...search, seed: i + 1 }, train: trial! };
    return { name: jobName({ ...special, seed: i + 1 }, options), ...options };
  });
  const best = { search, train, after: tried.map(({ name }) => name) };
  return [...tried, { name: jobName({ ...special, train: 'best' }, best), ...best }];
}

/**
 * The jobs of a plan, each search once, in the order of list and grid.
 *
 * A job's name says what is special to it and ends in a hash of all its options, so that plans which share a job share its
 * result: what is added to a plan is all that runs anew.
 *
 * @throws TypeError or RangeError if the plan is none.
 */
export function expandPlan(plan: SweepPlan): readonly SweepJob[] {
  checkPlan(plan);
  const { search: common = {}, grid = {}, list = [{}], train } = plan;
  const jobs = new Map<string, SweepJob>();
  for (const listed of list) {
    for (const combined of combinations(grid)) {
      const special = { ...listed, ...combined };
      const search = { ...common, ...special };
      const options = { search, ...(train && { train }) };
      const all =
        plan.plan === 'paper'
          ? protocol(plan, special, search)
          : [{ name: jobName(special, options), ...options }];
      // Whatever the order in which a list says the same options.
      for (const { name, ...own } of all) {
        const key = hash(own);
        if (!jobs.has(key)) jobs.set(key, { name, ...own });
      }
    }
  }
  return [...jobs.values()];
}

/**
 * What identifies a plan: SHA-256, in hex digits, of its contents, whatever the order of their keys.
 *
 * @throws TypeError or RangeError if the plan is none.
 */
export function planHash(plan: SweepPlan): string {
  checkPlan(plan);
  return hash(plan);
}
