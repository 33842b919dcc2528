import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fromPytorchCommand } from '../../src/cli/from-pytorch/command';
import { torchNote } from '../pure/pytorch/support';
import { callExample } from './support';

const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'examples/from-pytorch.ts', ...args], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    encoding: 'utf8',
  });

describe('examples/from-pytorch.ts', () => {
  it.skipIf(torchNote !== '')(`goes there and back${torchNote}`, () => {
    const { status, stdout } = run();
    expect(status).toBe(0);
    const differences = [...stdout.matchAll(/logits differ by (\S+)$/gm)].map(([, text]) => Number(text));
    expect(differences).toHaveLength(2);
    expect(Math.max(...differences)).toBeLessThan(1e-5);
  });

  it('says what is wrong with a file that is none', async () => {
    const { status, stderr } = await callExample(fromPytorchCommand(), ['package.json']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^readSafetensors: 'package.json': decodeSafetensors: the header of \d+ bytes/m);
  });
});
