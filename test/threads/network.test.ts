import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('./run-network.ts', import.meta.url));

describe('threadedNetwork', () => {
  it('trains, resumes bit for bit, evaluates as one thread, leaks nothing', () => {
    const output = execFileSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8' });
    const { gradients, whole, resumed, evaluated, predicted, messages, leaked, ofNumbers } = JSON.parse(
      output.trim().split('\n').at(-1)!,
    );
    // Drop path, norms and the auxiliary head are those of each part; three threads add up in their order.
    expect(gradients.shared.grads).toEqual(gradients.parts.grads);
    for (const [i, loss] of gradients.parts.losses.entries())
      expect(gradients.shared.losses[i]).toBeCloseTo(loss, 10);
    expect(whole.losses).toHaveLength(12);
    expect(resumed).toEqual(whole);
    expect(evaluated.shared).toEqual(evaluated.alone);
    expect(predicted).toEqual({ shape: [31, 2], same: true });
    expect(leaked).toBe(0);
    expect(ofNumbers.trained).toBe(2);
    expect(ofNumbers.loss).toBeGreaterThan(1);
    expect(ofNumbers.shared).toEqual(ofNumbers.alone);
    const [threads, shape, disposed, other] = messages;
    expect(threads).toMatch(/threads is 3 there and missing here/);
    expect(shape).toBe(
      "predict: 'halves' must have examples of 16x16x1 like the network's, got [8, 8, 1]; pass images of the shape that the network was made for",
    );
    expect(disposed).toBe('threadedNetwork: the engine is disposed');
    expect(other).toBe(
      "trainingStep: the engine must have the network of the run, got 'another'; create it with this network",
    );
  });
});
