import { type PublishedGenotypeName, publishedGenotype } from '../../src/catalogue';
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

type Edges = readonly (readonly [primitive: string, input: number])[];

interface OperationList {
  readonly primitives: readonly string[];
  readonly alphas: readonly TensorFixture[];
  readonly decoded: readonly Edges[];
  readonly ties: readonly {
    readonly kind: string;
    readonly alphas: TensorFixture;
    readonly decoded: Edges;
  }[];
}

interface Genotypes {
  readonly random: Readonly<Record<string, OperationList>>;
  readonly concat: readonly number[];
  readonly named: Readonly<
    Record<
      string,
      {
        readonly normal: Edges;
        readonly normal_concat: readonly number[];
        readonly reduce: Edges;
        readonly reduce_concat: readonly number[];
      }
    >
  >;
  readonly named_duplicates: readonly (readonly string[])[];
}

function nodesOf(edges: number): number {
  let nodes = 1;
  while (countEdges(nodes) < edges) nodes++;
  return nodes;
}

describeGolden<Genotypes>('genotypes', (fixture, golden) => {
  for (const [list, { primitives, alphas, decoded, ties }] of Object.entries(fixture.random)) {
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
      for (const [i, alpha] of alphas.entries()) check(alpha, decoded[i]!, `alpha ${i}`);
    });
    for (const [i, tie] of ties.entries()) {
      golden.case(`decodes ties, ${list} ${i}: ${tie.kind}`, () => check(tie.alphas, tie.decoded, tie.kind));
    }
  }

  for (const [name, { normal, normal_concat, reduce, reduce_concat }] of Object.entries(fixture.named)) {
    golden.case(`has ${name} in the catalogue and in every format`, () => {
      const expected = { normal, normalConcat: normal_concat, reduce, reduceConcat: reduce_concat };
      const genotype = publishedGenotype(name as PublishedGenotypeName);
      golden.exact(genotype, expected, name);
      golden.exact(genotypeFromJson(genotypeToJson(genotype)), expected, `${name} through JSON`);
      golden.exact(
        genotypeFromPython(genotypeToPython(genotype, { name })),
        expected,
        `${name} through Python`,
      );
    });
  }

  for (const names of fixture.named_duplicates) {
    golden.case(`knows that ${names.join(' and ')} are the same`, () => {
      const [first, ...others] = names.map((name) => publishedGenotype(name as PublishedGenotypeName));
      for (const other of others) golden.exact(other, first);
    });
  }
});
