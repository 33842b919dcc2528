import { describe, expect, it } from 'vitest';
import { publishedGenotype } from '../../../src/catalogue';
import { genotypeFromPython, genotypesFromPython, genotypeToPython } from '../../../src/genotype';

const [a, b] = [publishedGenotype('noisy_darts_a'), publishedGenotype('NASNet')];
const [textA, textB] = [genotypeToPython(a), genotypeToPython(b)];

describe('genotypesFromPython', () => {
  it('reads a whole genotypes.py by name, with aliases', () => {
    const file = `"""The cells of a paper: OLD = Genotype(normal=[])"""
from collections import namedtuple
from typing import NamedTuple

Genotype = namedtuple('Genotype', 'normal normal_concat reduce reduce_concat')

PRIMITIVES = [
    'none',  # it's absent
    'max_pool_3x3',
]

# OLD = Genotype(normal=[])
NASNet = ${textB.replaceAll('), (', '),\n  (')}

DARTS_V2: Genotype = ${textA} # trailing
DARTS = DARTS_V2
BEST : "Genotype" = DARTS  # the one
count = 3
other = count

class Other(Genotype):
    pass
`;
    expect(genotypesFromPython(file)).toStrictEqual({ NASNet: b, DARTS_V2: a, DARTS: a, BEST: a });
    for (const text of [file, `A = ${textA}\nB = ${textA}`])
      expect(() => genotypeFromPython(text)).toThrow('; read several by genotypesFromPython()');
  });

  it('reads logs: every line its genotype, under stable keys', () => {
    const log = [
      `2019-11-02 10:00:00,123 genotype = ${textA}`,
      '11/02 10:00:01 AM train 050 1.23 45.6',
      `11/02 10:00:02 AM genotype = ${textB}`,
      `INFO:root:${textA}`,
      `Best: ${textB}`,
    ].join('\r\n');
    expect(genotypesFromPython(log)).toStrictEqual({
      genotype: a,
      genotype_2: b,
      genotype_3: a,
      genotype_4: b,
    });
  });

  it('reads qualified calls', () => {
    expect(genotypesFromPython(`x = gt.${textA}`)).toStrictEqual({ x: a });
  });

  it('says where one cannot be read', () => {
    expect(() => genotypesFromPython('A = 1\nB = Genotype(normal=[(1 + 2)])')).toThrow(
      /^genotypesFromPython: .* at line 2, column \d+/,
    );
    expect(() => genotypesFromPython('B = Genotype(normal=[')).toThrow(SyntaxError);
  });

  it('refuses a text without any', () => {
    expect(() => genotypesFromPython("Genotype = namedtuple('Genotype', 'normal')")).toThrow(
      /^genotypesFromPython: there is no genotype in the text/,
    );
  });
});
