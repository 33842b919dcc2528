import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { EdgeCall, EdgeSaved, FusedExcitation, FusedMap, TermFacts } from '../../kernels/edge';
import { type Shape4, sizeOf } from '../../kernels/geometry';
import type { WasmInstance } from '../instance';

/** A map that a term keeps, and the norm behind it, on the heap: addresses of C numbers but for the map itself. */
export interface MapPlace extends Omit<FusedMap, 'excitation'> {
  readonly z: number;
  readonly mean: number;
  readonly variance: number;
  readonly gain: number;
  /** Of an affine norm, else null. */
  readonly scale: number;
  readonly offset: number;
  readonly channels: number;
  readonly pixels: number;
  /** What squeeze-and-excitation makes of the map before. */
  readonly excited: number;
}

/** What one term of an edge works on. */
export interface Place {
  readonly module: WasmInstance;
  /** Shape of the edge's input. */
  readonly input: Shape4;
  /** Address of the edge's input. */
  readonly x: number;
  readonly maps: readonly MapPlace[];
  /** Address of the term's output, if that was computed elsewhere. */
  readonly given: number;
}

/** Numbers of a cache line. */
const LINE = 16;

/** Numbers that a map takes: whole lines, and one more, so that the same pixels of all maps do not fall on one set of a cache. */
const room = (floats: number) => (Math.ceil(floats / LINE) + 1) * LINE;

/** Numbers of an image inside squeeze-and-excitation: those of its first bias. */
export const excitedBy = ({ variables }: FusedExcitation): number => variables[1]!.size;

/** Numbers that are kept of a map beside it: mean, variance and gain; of what excites it mean and gate a channel, its inside twice. */
function besides({ maps }: TermFacts, index: number): number {
  const { shape, excitation } = maps[index]!;
  const [n, , , read] = (maps[index - 1] ?? { shape }).shape;
  return 3 * shape[3] + (excitation ? 2 * n * (read + excitedBy(excitation)) : 0);
}

const besidesRoom = (facts: readonly TermFacts[]) =>
  room(facts.reduce((all, term) => term.maps.reduce((sum, _, i) => sum + besides(term, i), all), 0));

/** What an edge keeps, one tensor, of which tfjs makes less ado than of many: what is kept beside all maps, then the maps. */
export function keptBy(module: WasmInstance, facts: readonly TermFacts[]): TensorInfo[] {
  const maps = facts.flatMap((term) => term.maps);
  if (maps.length === 0) return [];
  return [module.output([maps.reduce((sum, { shape }) => sum + room(sizeOf(shape)), besidesRoom(facts))])];
}

const addressOf = (module: WasmInstance, variable: TensorInfo | undefined) =>
  variable ? module.address(variable) : 0;

/** The places of an edge's terms. */
export function placesOf(
  module: WasmInstance,
  call: EdgeCall,
  facts: readonly TermFacts[],
  { x, given, kept: [kept] }: Pick<EdgeSaved, 'x' | 'given' | 'kept'>,
): Place[] {
  let nextGiven = 0;
  let mean = kept ? module.address(kept) : 0;
  let z = mean + 4 * besidesRoom(facts);
  return facts.map((term) => ({
    module,
    input: call.x.shape,
    x: module.address(x),
    maps: term.maps.map((map, index) => {
      const channels = map.shape[3];
      const place = {
        shape: map.shape,
        norm: map.norm,
        z,
        mean,
        variance: mean + 4 * channels,
        gain: mean + 8 * channels,
        scale: addressOf(module, map.norm.affine[0]),
        offset: addressOf(module, map.norm.affine[1]),
        channels,
        pixels: sizeOf(map.shape) / channels,
        excited: mean + 12 * channels,
      };
      mean += 4 * besides(term, index);
      z += 4 * room(sizeOf(map.shape));
      return place;
    }),
    given: term.given ? module.address(given[nextGiven++]!) : 0,
  }));
}
