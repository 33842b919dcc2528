/** Benchmarks, each of which prints one line of JSON: `npm run --silent bench -- NAME [options]`. */
import { compare } from './compare';
import { fold } from './fold';
import { gpu } from './gpu';
import { launches } from './launches';
import { micro } from './micro';
import { profile } from './profile';
import { stock } from './stock';
import { supernet } from './supernet';

const benchmarks: Readonly<Record<string, (args: string[]) => Promise<object>>> = {
  supernet,
  micro,
  launches,
  profile,
  stock,
  compare,
  fold,
  gpu,
};

const [name = '', ...args] = process.argv.slice(2);
try {
  const benchmark = benchmarks[name];
  if (!benchmark) {
    throw new RangeError(
      `bench: unknown benchmark, got '${name}'; choose one of ${Object.keys(benchmarks).join(', ')}`,
    );
  }
  console.log(JSON.stringify(await benchmark(args)));
} catch (error) {
  if (!isMisuse(error)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

/** Whether the fault lies in the command line, where a stack trace would only hide the message. */
function isMisuse(error: unknown): error is Error {
  return (
    (error instanceof RangeError && error.message.startsWith('bench: ')) ||
    String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
  );
}
