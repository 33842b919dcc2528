/** Benchmarks, each of which prints one line of JSON: `npm run --silent bench -- NAME [options]`. */
import { fail, UsageError } from 'noisydarts/cli';
import { compare } from './compare';
import { fold } from './fold';
import { gpu } from './gpu';
import { launches } from './launches';
import { micro } from './micro';
import { network } from './network';
import { Help } from './options';
import { profile } from './profile';
import { project } from './project';
import { sizes } from './sizes';
import { stock } from './stock';
import { supernet } from './supernet';
import { table } from './table';
import { threads } from './threads';

const benchmarks: Readonly<Record<string, (args: string[]) => Promise<object>>> = {
  supernet,
  network,
  micro,
  launches,
  profile,
  stock,
  compare,
  fold,
  gpu,
  sizes,
  project,
  threads,
  table,
};

const names = Object.keys(benchmarks).join(', ');
const usage = `Usage: npm run --silent bench -- NAME [options]\n\nNAME is one of ${names}; NAME --help lists its options.`;

const [name = '', ...args] = process.argv.slice(2);
try {
  if (name === '--help' || name === '-h') throw new Help(usage);
  if (!Object.hasOwn(benchmarks, name))
    throw new RangeError(`bench: unknown benchmark, got '${name}'; choose one of ${names}`);
  console.log(JSON.stringify(await benchmarks[name]!(args)));
} catch (error) {
  if (error instanceof Help) console.log(error.message);
  else if (isParseError(error)) fail(new UsageError(error.message));
  else fail(error);
}

function isParseError(error: unknown): error is Error {
  return String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
}
