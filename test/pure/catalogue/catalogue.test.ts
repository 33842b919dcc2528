import { describe, expect, it } from 'vitest';
import {
  type PublishedGenotypeName,
  publishedGenotype,
  publishedGenotypeNames,
} from '../../../src/catalogue';
import {
  type Genotype,
  genotypeFromJson,
  genotypeFromPython,
  genotypeToJson,
  genotypeToPython,
  validateGenotype,
} from '../../../src/genotype';
import { type DartsPrimitive, darts } from '../../../src/spaces';

describe('publishedGenotype', () => {
  it('has eight genotypes of each noise setting, all of the DARTS space', () => {
    for (const letter of 'abcdefghijklmn') {
      for (const run of ['', '_1', '_2', '_3', '_4', '_5', '_6', '_7']) {
        const name = `noisy_darts_${letter}${run}` as PublishedGenotypeName;
        const genotype = publishedGenotype(name);
        expect(publishedGenotypeNames).toContain(name);
        expect(validateGenotype(genotype, { space: darts() })).toEqual(genotype);
      }
    }
    expect(publishedGenotypeNames).toHaveLength(14 * 8 + 2);
  });

  it('has the two classics, whose cells are of another kind', () => {
    for (const name of ['NASNet', 'AmoebaNet'] as const) {
      const genotype = publishedGenotype(name);
      expect(validateGenotype(genotype)).toEqual(genotype);
      expect(genotype.normal).toHaveLength(10);
      expect(genotype.reduceConcat).toHaveLength(3);
    }
  });

  it('goes through every format', () => {
    for (const name of publishedGenotypeNames) {
      const genotype = publishedGenotype(name);
      expect(genotypeFromJson(genotypeToJson(genotype))).toEqual(genotype);
      expect(genotypeFromPython(genotypeToPython(genotype, { name }))).toEqual(genotype);
    }
  });

  it('types names and primitives', () => {
    const own: Genotype<DartsPrimitive> = publishedGenotype('noisy_darts_a');
    // @ts-expect-error: NASNet has sep_conv_7x7.
    const nasnet: Genotype<DartsPrimitive> = publishedGenotype('NASNet');
    expect(own).not.toEqual(nasnet);
    // @ts-expect-error: there is no such genotype.
    expect(() => publishedGenotype('noisy_darts_z')).toThrow(
      new RangeError(
        "publishedGenotype: there is no published genotype of this name, got 'noisy_darts_z'; see publishedGenotypeNames",
      ),
    );
  });

  it('gives a fresh copy every time', () => {
    (publishedGenotype('noisy_darts_a').normal as unknown[]).pop();
    expect(publishedGenotype('noisy_darts_a').normal).toHaveLength(8);
  });
});
