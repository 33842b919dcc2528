import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { EdgeCall, TermFacts } from '../../kernels/edge';
import type { WasmInstance } from '../instance';
import type { TermPasses } from './passes';
import { type Place, placesOf } from './place';
import { passesOf } from './terms';

/** A term of an edge that takes part in the sum. */
export interface Part {
  /** Its index among the terms. */
  readonly term: number;
  readonly place: Place;
  readonly passes: TermPasses;
}

/** The terms of an edge that take part. */
export function partsOf(
  module: WasmInstance,
  call: EdgeCall,
  facts: readonly TermFacts[],
  saved: Parameters<typeof placesOf>[3],
): Part[] {
  const places = placesOf(module, call, facts, saved);
  return call.terms.flatMap((of, term) => {
    const place = places[term]!;
    const passes = passesOf(of, place);
    return passes ? [{ term, place, passes }] : [];
  });
}

/** The module's table of a mixture, and the weights of what is in it. */
export interface Mixture {
  readonly table: number;
  readonly candidates: number;
  readonly weights: number;
}

/**
 * Lends the module's table of a mixture: what each of some parts puts into the sum, and mean, gain and offset of the norm behind
 * it (null where there is none).
 */
export function withMixture(
  module: WasmInstance,
  parts: readonly Part[],
  weights: ArrayLike<number>,
  run: (mixture: Mixture) => void,
): void {
  const candidates = parts.length;
  const made: TensorInfo[] = [];
  const rows = parts.flatMap(({ passes, place: { maps } }) => {
    const summand = passes.summand((shape) => {
      const map = module.output(shape);
      made.push(map);
      return module.address(map);
    });
    const norm = maps.at(-1);
    return [summand, norm?.mean ?? 0, norm?.gain ?? 0, norm?.offset ?? 0];
  });
  module.scratch(20 * candidates, (table) => {
    const chosen = table + 16 * candidates;
    module.words(table, rows.length).set(rows);
    module.floats(chosen, candidates).set(parts.map(({ term }) => weights[term]!));
    run({ table, candidates, weights: chosen });
  });
  for (const map of made) module.dispose(map);
}

/** The weights of an edge's terms. */
export const weightsOf = (module: WasmInstance, weights: TensorInfo): Float32Array =>
  module.floats(module.address(weights), weights.shape[0]!).slice();
