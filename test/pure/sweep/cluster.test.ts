import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Job } from 'kubernetes-models/batch/v1';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { sweepCommand } from '../../../src/cli/sweep/command';
import { workerCommand } from '../../../src/cli/worker/command';

const file = (name: string) => fileURLToPath(new URL(`../../../examples/cluster/${name}`, import.meta.url));
const read = (name: string) => readFileSync(file(name), 'utf8');

/** Options in a command line that the command does not know. */
function unknown(line: readonly string[]): string[] {
  const [, name] = line;
  const command = [sweepCommand(), workerCommand()].find((each) => each.name() === name)!;
  const known = command.options.map(({ long }) => long);
  return line.filter((word) => word.startsWith('--') && !known.includes(word));
}

describe('the files of examples/cluster', () => {
  it.each(['kubernetes.yaml', 'kubernetes-worker.yaml'])('hold to the schema of Kubernetes: %s', (name) => {
    const documents = parseAllDocuments(read(name));
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    const [job] = documents.map((document) => document.toJS());
    expect(() => new Job(job).validate()).not.toThrow();
    expect(() => new Job({ ...job, spec: { ...job.spec, parallelism: 'many' } }).validate()).toThrow();
    const { command } = job.spec.template.spec.containers[0];
    expect(command[0]).toBe('noisydarts');
    expect(unknown(command)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('are a script of Slurm', () => {
    const { status, stderr } = spawnSync('bash', ['-n', file('slurm.sh')], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const lines = read('slurm.sh').split('\n');
    // What sbatch reads stands before the first command.
    const first = lines.findIndex((line) => line !== '' && !line.startsWith('#'));
    const directives = lines.map((line) => /^#SBATCH --([\w-]+)(?:=\S+)?$/.exec(line)?.[1]);
    expect(directives.filter((name) => name)).toEqual([
      'job-name',
      'array',
      'cpus-per-task',
      'mem',
      'time',
      'signal',
      'requeue',
    ]);
    expect(directives.slice(first).filter((name) => name)).toEqual([]);
    const call = lines.find((line) => line.startsWith('exec '))!;
    expect(unknown(call.split(' ').slice(1))).toEqual([]);
  });
});
