import { type PublishedGenotypeName, publishedGenotype, publishedGenotypeNames } from '../../src/catalogue';
import {
  decodeGenotype,
  type Genotype,
  genotypeFromJson,
  genotypeFromPython,
  genotypeToJson,
  genotypeToPython,
  validateGenotype,
} from '../../src/genotype';
import { countEdges, defineSpace, type PrimitiveName } from '../../src/spaces';
import { describeGolden, type TensorFixture, values } from './support/fixtures';
import { type GenotypeFixture, genotypeNamed, genotypeOf } from './support/genotypes';

type Edges = readonly (readonly [primitive: string, input: number])[];

interface OperationList {
  readonly primitives: readonly string[];
  readonly alphas: readonly TensorFixture[];
  readonly decoded: readonly Edges[];
  readonly ties?: readonly {
    readonly kind: string;
    readonly alphas: TensorFixture;
    readonly decoded: Edges;
  }[];
  /** What each of the random alphas is like. */
  readonly kind?: readonly string[];
}

interface Genotypes {
  readonly random?: Readonly<Record<string, OperationList>>;
  readonly concat: readonly number[];
  readonly named?: Readonly<Record<string, GenotypeFixture>>;
  readonly named_duplicates?: readonly (readonly string[])[];
}

function nodesOf(edges: number): number {
  let nodes = 1;
  while (countEdges(nodes) < edges) nodes++;
  return nodes;
}

describeGolden<Genotypes>('genotypes', (fixture, golden) => {
  for (const [list, { primitives, alphas, decoded, ties = [], kind = [] }] of Object.entries(
    fixture.random ?? {},
  )) {
    const decode = (alpha: TensorFixture): Genotype => {
      const space = defineSpace({
        name: list,
        primitives: primitives as PrimitiveName[],
        nodes: nodesOf(alpha.shape[0]!),
        multiplier: fixture.concat.length,
      });
      const matrix = { shape: alpha.shape, data: values(alpha) };
      return validateGenotype(decodeGenotype(space, { normal: matrix, reduce: matrix }), { space });
    };
    const check = (alpha: TensorFixture, edges: Edges, label: string) => {
      const { normal, normalConcat, reduce, reduceConcat } = decode(alpha);
      golden.exact({ normal, reduce }, { normal: edges, reduce: edges }, label);
      golden.exact([normalConcat, reduceConcat], [fixture.concat, fixture.concat], `${label}, output`);
    };

    golden.case(`decodes random alphas, ${list}`, () => {
      golden.exact(decoded.length, alphas.length, 'number of genotypes');
      for (const [i, alpha] of alphas.entries()) check(alpha, decoded[i]!, `alpha ${i}, ${kind[i]}`);
    });
    for (const [i, tie] of ties.entries()) {
      golden.case(`decodes ties, ${list} ${i}: ${tie.kind}`, () => check(tie.alphas, tie.decoded, tie.kind));
    }
  }

  const known: readonly string[] = publishedGenotypeNames;
  for (const [name, given] of Object.entries(fixture.named ?? {})) {
    golden.case(`has ${name} in the catalogue and in every format`, () => {
      const expected = genotypeOf(given);
      const genotype = known.includes(name) ? publishedGenotype(name as PublishedGenotypeName) : expected;
      golden.exact(genotype, expected, name);
      golden.exact(genotypeFromJson(genotypeToJson(genotype)), expected, `${name} through JSON`);
      golden.exact(
        genotypeFromPython(genotypeToPython(genotype, { name })),
        expected,
        `${name} through Python`,
      );
    });
  }

  for (const names of fixture.named_duplicates ?? []) {
    golden.case(`knows that ${names.join(' and ')} are the same`, () => {
      const [first, ...others] = names.map((name) => genotypeNamed(name, fixture.named));
      for (const other of others) golden.exact(other, first);
    });
  }
});
