import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { genotypeFromPython, genotypeToPython } from '../../../src/genotype';
import { darts } from '../../../src/spaces';
import { genotypes, small } from './support';

const SMALL =
  "Genotype(normal=[('sep_conv_3x3', 1), ('skip_connect', 0), ('max_pool_3x3', 0), ('dil_conv_5x5', 2)], " +
  "normal_concat=range(2, 4), reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1)], reduce_concat=range(2, 3))";

/** What may stand between two tokens. */
const blank = fc.constantFrom('', ' ', '\n', '\t', '  # a (comment] \n', ' \\\n', '\r\n');

describe('genotype in Python', () => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(
        genotypes,
        fc.option(fc.constantFrom('mine', '_x1'), { nil: undefined }),
        (genotype, name) => {
          const text = genotypeToPython(genotype, name === undefined ? {} : { name });
          expect(genotypeFromPython(text)).toStrictEqual(genotype);
        },
      ),
    );
  });

  it('writes what Python prints', () => {
    expect(genotypeToPython(small)).toBe(SMALL);
    expect(genotypeToPython(small, { name: 'small' })).toBe(`small = ${SMALL}`);
    expect(genotypeToPython({ ...small, normalConcat: [3, 2] })).toContain('normal_concat=[3, 2]');
    expect(() => genotypeToPython(small, { name: 'my genotype' })).toThrow(
      new TypeError(
        "genotypeToPython: name must be a Python variable, got 'my genotype'; use for example 'my_genotype'",
      ),
    );
  });

  it('does not care for blanks, line breaks and comments between the tokens', () => {
    const tokens = SMALL.match(/'[^']*'|\w+|[^\s\w]/g)!;
    fc.assert(
      fc.property(
        fc.array(blank, { minLength: tokens.length + 1, maxLength: tokens.length + 1 }),
        (blanks) => {
          const text = blanks[0]! + tokens.map((token, i) => token + blanks[i + 1]!).join('');
          expect(genotypeFromPython(text)).toEqual(small);
        },
      ),
    );
  });

  it.each([
    ['double quotes', SMALL.replaceAll("'", '"')],
    ['Python 2 strings', SMALL.replaceAll("('", "(u'")],
    ['lists for tuples', SMALL.replace(/\(('\w+', \d)\)/g, '[$1]')],
    ['tuples for lists', SMALL.replaceAll('[', '(').replaceAll(']', ')')],
    ['trailing commas', SMALL.replace(/\)\)$/, '),)').replaceAll(')]', '),]')],
    ['written-out ranges', SMALL.replace('range(2, 4)', '[2, 3]').replace('range(2, 3)', '(2,)')],
    [
      'other ranges',
      SMALL.replace('range(2, 4)', 'list(range(2, 4, 1))').replace('range(2, 3)', 'tuple([2])'),
    ],
    ['values in parentheses', SMALL.replace('range(2, 4)', '(range((2), 4))')],
    ['an assignment', `a_1 = ${SMALL}`],
    ['a qualified name', `genotypes.${SMALL}`],
    ['fields in another order', SMALL.replace(/\((normal=.*), (reduce=.*)\)$/, '($2, $1)')],
  ])('reads %s', (_, text) => {
    expect(text).not.toBe(SMALL);
    expect(genotypeFromPython(text)).toEqual(small);
  });

  it('reads the file of a user', () => {
    const text = `
# found on Tuesday
best = Genotype(
    normal=[  # the first cell
        ("sep_conv_3x3", 1), ("skip_connect", 0),
        ('max_pool_3x3', 0), ('dil_conv_5x5', 2),
    ],
    normal_concat=range(2, 4),
    reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1)],
    reduce_concat=[2],
)
`;
    expect(genotypeFromPython(text)).toEqual(small);
  });

  const faults: readonly (readonly [string, string, string])[] = [
    [
      'nothing',
      '',
      'expected Genotype( at line 1, column 1, got the end of the text; write Genotype(normal=[...], ...)',
    ],
    [
      'another call',
      "print('x')",
      "expected Genotype( at line 1, column 1, got 'print('x')'; write Genotype(",
    ],
    ['an assignment of nothing', 'a =', 'expected Genotype( at line 1, column 4, got the end of the text'],
    [
      'an unknown field',
      'Genotype(\n  normals=[])',
      "this is no field of a genotype at line 2, column 3, got 'normals=[])'; the fields are normal,",
    ],
    [
      'a field given twice',
      'Genotype(normal=[], normal=[])',
      "a field is given twice at line 1, column 21, got 'normal=[])'",
    ],
    [
      'a missing field',
      'Genotype(normal=[])',
      "the field normal_concat is missing at line 1, column 19, got ')'; give all of normal,",
    ],
    [
      'a positional field',
      'Genotype([1])',
      "expected one of normal, normal_concat, reduce, reduce_concat at line 1, column 10, got '[1])'",
    ],
    [
      'a missing comma',
      "Genotype(normal=[('a', 0) ('b', 1)])",
      "expected ']' at line 1, column 27, got '('b', 1)])'; correct the text",
    ],
    [
      'a list that does not close',
      "Genotype(normal=[('a', 0)",
      "expected ']' at line 1, column 26, got the end of the text",
    ],
    ['something after it', `${SMALL}\n${SMALL}`, 'expected the end at line 2, column 1, got '],
    [
      'an expression',
      'Genotype(normal_concat=range(2+4))',
      "this cannot stand in a genotype at line 1, column 31, got '+4))'",
    ],
    [
      'a call of something else',
      'Genotype(normal=open("x"))',
      'expected a value at line 1, column 17, got \'open("x"))\'; only range(), list() and tuple() are read, nothing is evaluated',
    ],
    [
      'a missing value',
      'Genotype(normal=,)',
      "expected a value at line 1, column 17, got ',)'; write a list, a tuple,",
    ],
    [
      'an open string',
      "Genotype(normal=[('a",
      "this cannot stand in a genotype at line 1, column 19, got ''a'; use names",
    ],
    ['an escape', "Genotype(normal=[('\\x41', 0)])", 'this cannot stand in a genotype at line 1, column 19'],
    [
      'a fraction',
      'Genotype(normal=[0.5])',
      "this cannot stand in a genotype at line 1, column 18, got '0.5])'",
    ],
    [
      'a range of texts',
      "Genotype(normal_concat=range('a'))",
      'range() takes one to three whole numbers at line 1, column 24',
    ],
    [
      'a range that stands still',
      'Genotype(normal_concat=range(1, 2, 0))',
      'range() takes one to three whole numbers at line 1, column 24',
    ],
    [
      'an endless range',
      'Genotype(normal_concat=range(1000000000))',
      'this range is too long for a cell at line 1, column 24',
    ],
    ['a list of two', 'Genotype(normal_concat=list(1, 2))', 'list() takes one list at line 1, column 24'],
    [
      'endless nesting',
      `Genotype(normal=${'['.repeat(100_000)}`,
      'this is nested too deeply at line 1, column 33',
    ],
  ];
  it.each(faults)('points at %s', (_, text, message) => {
    expect(() => genotypeFromPython(text)).toThrow(SyntaxError);
    expect(() => genotypeFromPython(text)).toThrow(`genotypeFromPython: ${message}`);
  });

  it('checks what it has read', () => {
    expect(() => genotypeFromPython(SMALL.replace("('dil_conv_5x5', 2)", "('dil_conv_5x5', -2)"))).toThrow(
      new RangeError(
        'genotypeFromPython: normal[3][1] must be a state before node 1, so 0 to 2, got -2; correct the number',
      ),
    );
    expect(() => genotypeFromPython(SMALL, { space: darts() })).toThrow(
      'normal of a darts genotype must hold 8 edges',
    );
    expect(() => genotypeFromPython(small as unknown as string)).toThrow(
      'genotypeFromPython: the genotype must be text',
    );
  });
});
