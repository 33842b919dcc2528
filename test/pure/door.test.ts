import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { entries } from '../../scripts/entries';

/** All that `noisydarts` exports, types too. A name is added here on purpose, or belongs to the entry of a room. */
const door = [
  'AdamOptions',
  'Alphas',
  'Architect',
  'ArchitectOptions',
  'AugmentationOptions',
  'BilevelModel',
  'Candidate',
  'CandidateOptions',
  'CheckpointStore',
  'DartsSpace',
  'DecodedEdge',
  'EpochRecord',
  'Genotype',
  'GenotypeOf',
  'ImageDataset',
  'MixedOp',
  'MixedOpCandidates',
  'MixedOpOptions',
  'MobileGenotype',
  'MobileSpace',
  'NasBench201Cell',
  'NasBench201Space',
  'NoiseOptions',
  'NoiseSettings',
  'NoisyMixedOp',
  'NoisyMixedOpOptions',
  'NoisyOp',
  'NoisyOpOptions',
  'Normalization',
  'Optimizer',
  'PrimitiveName',
  'PrimitiveOf',
  'SearchError',
  'SearchEvent',
  'SearchOptions',
  'SearchPolicy',
  'SearchSpace',
  'SgdOptions',
  'Strategy',
  'Supernet',
  'SupernetOptions',
  'VariantName',
  'adam',
  'archVariables',
  'clipByGlobalNorm',
  'cosine',
  'createArchitect',
  'createSupernet',
  'darts',
  'decodeGenotype',
  'defineArchitect',
  'defineCandidate',
  'defineSpace',
  'defineStrategy',
  'evaluate',
  'fairDarts',
  'gaussianNoise',
  'gdas',
  'genotypeFromJson',
  'genotypeToJson',
  'genotypeToPython',
  'genotypeWeights',
  'inMemory',
  'memoryStore',
  'mobile',
  'nasBench201',
  'noisy',
  'normalizations',
  'pcDarts',
  'plainDarts',
  'referenceVariants',
  'sdartsRs',
  'search',
  'sgd',
  'skipCount',
  'skipShare',
  'split',
  'subset',
  'uniformNoise',
  'variants',
  'weightVariables',
];

const root = fileURLToPath(new URL('../..', import.meta.url));
const options: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  noLib: true,
  types: [],
};
const host = ts.createCompilerHost(options);
// The library's own files are enough, and read in a moment.
host.resolveModuleNameLiterals = (names, file) =>
  names.map(({ text }) =>
    text.startsWith('.') ? ts.resolveModuleName(text, file, options, host) : { resolvedModule: undefined },
  );
const files = Object.values(entries).map((file) => `${root}${file}`);
const program = ts.createProgram(files, options, host);
const checker = program.getTypeChecker();

/** What an entry exports, types too: each name with what it stands for. */
function exportsOf(file: string): Map<string, ts.Symbol> {
  const module = checker.getSymbolAtLocation(program.getSourceFile(`${root}${file}`)!)!;
  return new Map(
    checker
      .getExportsOfModule(module)
      .map((symbol) => [
        symbol.name,
        symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
      ]),
  );
}

describe('noisydarts', () => {
  it('exports these names, at most 110', () => {
    expect([...exportsOf(entries.index!).keys()].sort()).toEqual(door);
    expect(door.length).toBeLessThanOrEqual(110);
  });
});

describe('the entries', () => {
  it('that share a name share what it stands for', () => {
    const first = new Map<string, readonly [entry: string, ts.Symbol]>();
    const torn: string[] = [];
    let shared = 0;
    for (const [entry, file] of Object.entries(entries)) {
      for (const [name, symbol] of exportsOf(file)) {
        const [other, known] = first.get(name) ?? [entry, symbol];
        first.set(name, [other, known]);
        if (known !== symbol) torn.push(`${name} of ${other} and ${entry}`);
        else if (other !== entry) shared++;
      }
    }
    expect(torn).toEqual([]);
    expect(shared).toBeGreaterThan(door.length / 2);
  });
});
