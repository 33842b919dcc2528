import { rangeError, requireKind, requireKinds, show, typeError } from '../errors';
import { countEdges } from './edges';
import { BLOCK_KEYS, bottleneckNames, mobile } from './mobile';
import { isPrimitiveName, PRIMITIVE_NAME_RULE } from './primitives';
import type {
  CellCandidates,
  CellType,
  DartsSpace,
  MobileLayer,
  MobileSpace,
  NasBench201Space,
  SearchSpace,
} from './types';

/** Nodes that a cell may have, far beyond any that was ever searched. */
export const MOST_NODES = 128;

type Fields = Readonly<Record<string, unknown>>;

/** More of anything than a network has: a space is spelt out edge by edge, stage by stage. */
const MOST = 100_000;

function positiveInteger(fn: string, field: string, value: unknown, most = MOST): number {
  requireKind(fn, field, value, [1, most]);
  return value as number;
}

function candidates(fn: string, where: string, value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw typeError(
      fn,
      `${where} must be a list of names`,
      value,
      "list for example ['skip_connect', 'sep_conv_3x3']",
    );
  }
  for (const [i, name] of value.entries()) {
    if (!isPrimitiveName(name)) {
      throw typeError(fn, `${where}[${i}] is not a name`, name, `use ${PRIMITIVE_NAME_RULE}`);
    }
    if (value.indexOf(name) !== i) {
      throw rangeError(fn, `${where} must not repeat a name`, name, 'list it once');
    }
  }
  if (value.every((name) => name === 'none')) {
    throw rangeError(fn, `${where} must offer something besides 'none'`, value, 'add an operation');
  }
  return [...value];
}

function edgeTable(fn: string, cell: CellType, value: unknown, nodes: number): CellCandidates {
  const edges = countEdges(nodes);
  if (!Array.isArray(value) || value.length !== edges) {
    throw typeError(
      fn,
      `edges.${cell} must hold the candidates of each of the ${edges} edges of ${nodes} nodes`,
      value,
      'give one list an edge',
    );
  }
  return Array.from(value, (edge, i) => candidates(fn, `edges.${cell}[${i}]`, edge));
}

function dartsEdges(
  fn: string,
  value: unknown,
  nodes: number,
  primitives: readonly string[],
): DartsSpace['edges'] {
  if (value === undefined) return undefined;
  if (value === null || typeof value !== 'object') {
    throw typeError(
      fn,
      'edges must hold a list for either cell',
      value,
      'pass { normal: [...], reduce: [...] }',
    );
  }
  const given = value as Fields;
  const edges = {
    normal: edgeTable(fn, 'normal', given.normal, nodes),
    reduce: edgeTable(fn, 'reduce', given.reduce, nodes),
  };
  const width = edges.normal[0]!.length;
  for (const cell of ['normal', 'reduce'] as const) {
    for (const [i, edge] of edges[cell].entries()) {
      if (edge.length !== width) {
        throw rangeError(
          fn,
          `edges.${cell}[${i}] must offer ${width} candidates as the first edge does, for alpha is a matrix`,
          edge,
          'make all lists equally long',
        );
      }
      const stranger = edge.find((name) => !primitives.includes(name));
      if (stranger !== undefined) {
        throw rangeError(
          fn,
          `edges.${cell}[${i}] names what is not among the primitives`,
          stranger,
          'add it there',
        );
      }
    }
  }
  return edges;
}

function dartsReductions(fn: string, value: unknown): DartsSpace['reductions'] {
  if (value === 'thirds') return value;
  const ascending =
    Array.isArray(value) &&
    Array.from(value).every(
      (cell, i) => Number.isInteger(cell) && cell >= 0 && (i === 0 || cell > value[i - 1]),
    );
  if (!ascending) {
    throw typeError(
      fn,
      "reductions must be 'thirds' or ascending cell numbers",
      value,
      'use for example [2, 5]',
    );
  }
  return [...value];
}

function dartsSpace(fn: string, given: Fields, name: string): DartsSpace {
  const primitives = candidates(fn, 'primitives', given.primitives);
  const nodes = positiveInteger(fn, 'nodes', given.nodes, MOST_NODES);
  const multiplier = positiveInteger(fn, 'multiplier', given.multiplier, nodes);
  const edges = dartsEdges(fn, given.edges, nodes, primitives);
  return {
    kind: 'darts',
    name,
    primitives,
    nodes,
    multiplier,
    stemMultiplier: positiveInteger(fn, 'stemMultiplier', given.stemMultiplier),
    reductions: dartsReductions(fn, given.reductions),
    ...(edges && { edges }),
  };
}

function nasBench201Space(fn: string, given: Fields, name: string): NasBench201Space {
  return {
    kind: 'nas-bench-201',
    name,
    primitives: candidates(fn, 'primitives', given.primitives),
    nodes: positiveInteger(fn, 'nodes', given.nodes, MOST_NODES),
    stages: positiveInteger(fn, 'stages', given.stages),
  };
}

function mobileSpace(fn: string, given: Fields, name: string): MobileSpace {
  const primitives = candidates(fn, 'primitives', given.primitives);
  const known: readonly string[] = ['skip_connect', ...bottleneckNames];
  const stranger = primitives.find((primitive) => !known.includes(primitive));
  if (stranger !== undefined) {
    throw rangeError(
      fn,
      `primitives of a mobile space are some of ${known.join(', ')}`,
      stranger,
      'correct it',
    );
  }
  if (
    !Array.isArray(given.layers) ||
    Array.from(given.layers).some((layer) => layer === null || typeof layer !== 'object')
  ) {
    throw typeError(
      fn,
      'layers must list filters and strides',
      given.layers,
      'use [{ filters: 32, stride: 2 }]',
    );
  }
  requireKinds(fn, given, BLOCK_KEYS, true);
  const { squeezeRatio, activation } = given as Pick<MobileSpace, 'squeezeRatio' | 'activation'>;
  const sizes = {
    stem: positiveInteger(fn, 'stem', given.stem),
    first: positiveInteger(fn, 'first', given.first),
    features: positiveInteger(fn, 'features', given.features),
    layers: given.layers.map((layer: Fields, i): MobileLayer => {
      const filters = positiveInteger(fn, `layers[${i}].filters`, layer.filters);
      return { filters, stride: positiveInteger(fn, `layers[${i}].stride`, layer.stride) };
    }),
  };
  return { ...mobile({ name, squeezeRatio, activation, ...sizes }), primitives };
}

/** Checks every field of a space and returns a copy that holds nothing else. */
export function checkSpace(fn: string, value: unknown): SearchSpace {
  if (value === null || typeof value !== 'object') {
    throw typeError(fn, 'a space must be an object', value, 'pass for example darts()');
  }
  const given = value as Fields;
  if (typeof given.name !== 'string' || given.name === '') {
    throw typeError(fn, 'name must be a non-empty text', given.name, "use for example 'my-space'");
  }
  if (given.kind === 'darts') return dartsSpace(fn, given, given.name);
  if (given.kind === 'nas-bench-201') return nasBench201Space(fn, given, given.name);
  if (given.kind === 'mobile') return mobileSpace(fn, given, given.name);
  throw rangeError(
    fn,
    'kind must name a kind of space',
    given.kind,
    "use 'darts', 'nas-bench-201' or 'mobile'",
  );
}

/**
 * Reads a space back from JSON, as text or already parsed, and checks it.
 *
 * @throws TypeError or RangeError that names the first wrong field; SyntaxError if the text is not JSON.
 */
export function spaceFromJson(value: unknown): SearchSpace {
  return checkSpace('spaceFromJson', typeof value === 'string' ? parse(value) : value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const fault = `this is not JSON (${(error as Error).message})`;
    throw new SyntaxError(
      `spaceFromJson: ${fault}, got ${show(text)}; pass a space that JSON.stringify wrote`,
    );
  }
}
