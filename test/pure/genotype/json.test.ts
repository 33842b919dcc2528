import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { genotypeFromJson, genotypeToJson } from '../../../src/genotype';
import { darts } from '../../../src/spaces';
import { genotypes, small } from './support';

describe('genotype JSON', () => {
  it('reads what it wrote, as text and as an object', () => {
    fc.assert(
      fc.property(genotypes, (genotype) => {
        const text = genotypeToJson(genotype);
        expect(genotypeFromJson(text)).toStrictEqual(genotype);
        expect(genotypeFromJson(JSON.parse(text))).toStrictEqual(genotype);
        expect(genotypeToJson(genotypeFromJson(text))).toBe(text);
      }),
    );
  });

  it('is one fixed text, whatever the order of the fields it was given', () => {
    const { normal, normalConcat, reduce, reduceConcat } = small;
    const text = `{
  "format": "noisydarts-genotype",
  "version": 1,
  "normal": [
    ["sep_conv_3x3", 1], ["skip_connect", 0],
    ["max_pool_3x3", 0], ["dil_conv_5x5", 2]
  ],
  "normalConcat": [2, 3],
  "reduce": [
    ["max_pool_3x3", 0], ["max_pool_3x3", 1]
  ],
  "reduceConcat": [2]
}
`;
    expect(genotypeToJson(small)).toBe(text);
    expect(genotypeToJson({ reduceConcat, reduce, normalConcat, normal })).toBe(text);
  });

  it('says what is wrong with a file', () => {
    const written = JSON.parse(genotypeToJson(small));
    expect(() => genotypeFromJson('{"format": ')).toThrow(
      /^genotypeFromJson: this is not JSON \(.+\), got '\{"format": '/,
    );
    expect(() => genotypeFromJson('[]')).toThrow(
      "genotypeFromJson: format must be 'noisydarts-genotype', got undefined; pass what genotypeToJson wrote",
    );
    expect(() => genotypeFromJson(7)).toThrow(
      new TypeError('genotypeFromJson: a genotype must be an object, got 7; pass what genotypeToJson wrote'),
    );
    expect(() => genotypeFromJson(small)).toThrow('or use validateGenotype for a bare object');
    expect(() => genotypeFromJson({ ...written, version: 2 })).toThrow(
      new RangeError(
        'genotypeFromJson: version must be 1, got 2; use the release that wrote it, or a newer one',
      ),
    );
    expect(() => genotypeFromJson({ ...written, reduceConcat: [1] })).toThrow(
      new RangeError(
        'genotypeFromJson: reduceConcat[0] must be a node, so 2 to 2, got 1; correct the number',
      ),
    );
    expect(() => genotypeFromJson(written, { space: darts() })).toThrow(
      'normal of a darts genotype must hold 8 edges',
    );
  });

  it('does not write what is no genotype', () => {
    expect(() => genotypeToJson({ ...small, normalConcat: [] })).toThrow(
      'genotypeToJson: normalConcat must list',
    );
  });
});
