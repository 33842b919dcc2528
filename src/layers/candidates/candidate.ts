import type { layers } from '@tensorflow/tfjs-layers';
import { rangeError } from '../../errors';
import type { Seed } from '../../random';

/** What a candidate operation is asked to be. */
export interface CandidateOptions {
  /** Name of the layer. */
  readonly name: string;
  /** Seed of its weights. */
  readonly seed: Seed;
  /** Channels in and out. */
  readonly filters: number;
  /** 1, or 2 where the cell halves the map. */
  readonly stride: number;
  /** Whether its batch norms have scale and offset: false in a supernet, true in a derived network. */
  readonly affine: boolean;
  /** Whether it stands in a mixture where operations without a batch norm of their own get one. */
  readonly mixed: boolean;
}

/** A primitive: its name in genotypes, and how to make its layer. */
export interface Candidate<P extends string = string> {
  /** Its name in genotypes and search spaces. */
  readonly primitive: P;
  /** Makes its layer. */
  readonly create: (options: CandidateOptions) => layers.Layer;
}

const known = new Map<string, Candidate>();

/**
 * Makes an operation known by name, for mixed edges, search spaces and derived networks.
 *
 * @param candidate - Its name and a factory; the layer must map [N, H, W, filters] to
 * [N, ceil(H/stride), ceil(W/stride), filters].
 * @returns The candidate itself.
 * @throws RangeError if another operation has the name.
 */
export function defineCandidate<P extends string>(candidate: Candidate<P>): Candidate<P> {
  if (known.has(candidate.primitive)) {
    throw rangeError('defineCandidate', 'the name is taken', candidate.primitive, 'choose another name');
  }
  known.set(candidate.primitive, candidate);
  return candidate;
}

/**
 * The operation of a name.
 *
 * @throws RangeError if no operation has the name.
 */
export function candidateNamed(primitive: string): Candidate {
  const candidate = known.get(primitive);
  if (!candidate) {
    throw rangeError(
      'candidateNamed',
      `unknown primitive, known are ${[...known.keys()].join(', ')}`,
      primitive,
      'correct the name, or define it with defineCandidate()',
    );
  }
  return candidate;
}
