import { describe, expect, it } from 'vitest';
import { checkOptions, type OptionKeys } from '../../src/errors';
import { RunError } from '../../src/runs';

interface Options {
  readonly rate: number;
  readonly seed?: number;
}
const known: OptionKeys<Options> = { rate: true, seed: true };

describe('checkOptions', () => {
  it('accepts known keys', () => {
    expect(() => checkOptions<Options>('drop', { rate: 1, seed: 2 }, known)).not.toThrow();
  });

  it.each(['rat', 'toString', '__proto__'])("refuses '%s' by name", (key) => {
    const options = JSON.parse(`{ "rate": 1, "${key}": 2 }`) as Options;
    expect(() => checkOptions('drop', options, known)).toThrow(
      `drop: there is no such option, got '${key}'; use rate, seed`,
    );
  });

  it.each([[null], [3], ['a'], [undefined], [[1]]])('refuses %j', (value) => {
    expect(() => checkOptions('drop', value as unknown as Options, known)).toThrow(
      'drop: the options must be an object',
    );
  });
});

describe('RunError', () => {
  it.each([
    ['a symbol', Symbol('x'), 'Symbol(x)'],
    ['an object without a text', Object.create(null), '{}'],
    ['a tensor', { dataId: {}, shape: [2] }, 'a tensor [2]'],
  ])('is made of %s too', (_, message, text) => {
    expect(new RunError(message as never, 0, 0).message).toBe(text);
  });
});
