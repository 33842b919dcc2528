import { readFile } from 'node:fs/promises';
import { Option } from 'commander';
import { costTableFromJson, type LatencyTable, latency, measureGenotype } from 'noisydarts/costs';
import type { BudgetVerdict, SearchEvent } from 'noisydarts/search';
import type { AnySpace } from 'noisydarts/spaces';
import { type BackendSettings, withoutKernels } from '../backend';
import { number, UsageError, whole } from '../command-line';

/** What the command line says of the device that the network is for. */
export interface LatencySettings {
  /** File that `measure`, or the page of `npm run demo`, has written. */
  readonly latency?: string;
  /** Milliseconds that the network may take on the device that was measured. */
  readonly latencyLimit?: number;
}

const milliseconds = (text: string) =>
  number('a number of milliseconds above 0', (value) => value > 0)(text.replace(/ *ms$/, ''));

/** The options of {@link LatencySettings}. */
export const latencyOptions = (): readonly Option[] => [
  new Option(
    '--latency <file>',
    'what operations take on a device, as measure writes them; with --latency-limit',
  ),
  new Option(
    '--latency-limit <ms>',
    'the most that the network may take there; also --limit with a unit, such as --limit 4ms',
  ).argParser(milliseconds),
];

/** `--limit` of a command with {@link latencyOptions}: a number of images, or milliseconds. */
export const imagesOrMilliseconds = (limit: Option): Option =>
  limit.argParser((text) => (/\d *ms$/.test(text) ? { milliseconds: milliseconds(text) } : whole(2)(text)));

/** Options as they were typed, milliseconds of `--limit` where they belong. */
export function readLimit<T extends LatencySettings & { readonly limit?: number | undefined }>(given: T): T {
  const { limit, ...others } = given as { readonly limit?: number | { readonly milliseconds: number } };
  if (typeof limit !== 'object') return given;
  return { ...others, latencyLimit: limit.milliseconds } as unknown as T;
}

/** @throws UsageError where one of the two is given alone. */
export function checkLatency({ latency, latencyLimit }: LatencySettings): void {
  if ((latency === undefined) !== (latencyLimit === undefined))
    throw new UsageError('--latency and --latency-limit go together; pass both');
}

/** The table of a command line and the limit on it, if there is one. */
export async function readBudget({ latency: file, latencyLimit }: LatencySettings) {
  if (file === undefined) return undefined;
  try {
    const table = costTableFromJson(await readFile(file, 'utf8')) as LatencyTable;
    return { table, budget: latency(table, { limit: latencyLimit! }) };
  } catch (error) {
    throw new UsageError(`--latency: ${(error as Error).message}`, { cause: error });
  }
}

/** Seconds that a network is measured for at most. */
const SECONDS = 5;

/** Measures the network of a genotype as the table was, if it is of this machine. */
export const measuredHere = (table: LatencyTable, settings: BackendSettings) => (genotype: unknown) =>
  withoutKernels(settings, () => measureGenotype(table, genotype, { seconds: SECONDS }));

/** The events of a search; at its end with what the network found takes as measured, if the table is of this machine. */
export async function* withMeasured<S extends AnySpace>(
  events: AsyncIterable<SearchEvent<S>>,
  measure: ReturnType<typeof measuredHere>,
): AsyncGenerator<SearchEvent<S>, void, undefined> {
  for await (const event of events) {
    const found = event.type === 'done' && event.budget ? await measure(event.genotype) : undefined;
    if (event.type !== 'done' || !found) yield event;
    else {
      const { ms: measured, error } = found;
      const told = (each: BudgetVerdict) => (each.name === 'latency' ? { ...each, measured, error } : each);
      yield { ...event, budget: event.budget!.map(told) };
    }
  }
}

/** What a search says of its budgets at the end, a line each. */
export const budgetLines = (budget: readonly BudgetVerdict[] = []): readonly string[] =>
  budget.map(({ name, predicted, unit, limit, decoded, measured, error }) => {
    const instead = decoded === undefined ? '' : `, in place of what alpha decodes to, ${decoded.toFixed(2)}`;
    const taken = measured === undefined ? '' : `; measured ${measured.toFixed(2)} ± ${error!.toFixed(2)}`;
    return `Predicted ${name}: ${predicted.toFixed(2)} ${unit} of ${limit}${instead}${taken}\n`;
  });
