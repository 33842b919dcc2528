import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { EdgeCall } from '../../layers';
import type { WasmInstance } from '../instance';
import { planBlock } from '../kernels/block';
import { disturb } from './disturb';
import { type EdgeLayout, mapSize, type PlacedBlock, type PlacedTerm } from './layout';
import { type NormAddresses, normAddresses, presentTerms, tableBytes, writeTable } from './table';

/** What the backward pass starts from. */
export interface EdgeSaved {
  readonly x: TensorInfo;
  readonly weights: TensorInfo;
  readonly given: readonly TensorInfo[];
  readonly statistics: TensorInfo;
  readonly maps: readonly TensorInfo[];
}

/** Gradients of everything an edge takes. */
export interface EdgeGradients {
  readonly x: TensorInfo;
  /** Missing if it was not asked for. */
  readonly weights?: TensorInfo;
  readonly given: readonly TensorInfo[];
  /** Depthwise and pointwise filter of every block, in order; empty if they were not asked for. */
  readonly filters: readonly TensorInfo[];
}

/** Three vectors: the backward map of a norm is a dy + b (z - mean) + d. */
interface Coefficients {
  readonly a: number;
  readonly b: number;
  readonly d: number;
}

/** The backward pass of one edge. */
class Backward {
  readonly #module: WasmInstance;
  readonly #layout: EdgeLayout;
  readonly #call: EdgeCall;
  readonly #saved: EdgeSaved;
  readonly #x: number;
  readonly #dy: number;
  readonly #dx: TensorInfo;
  readonly #filters: TensorInfo[] = [];

  constructor(module: WasmInstance, layout: EdgeLayout, call: EdgeCall, dy: TensorInfo, saved: EdgeSaved) {
    this.#module = module;
    this.#layout = layout;
    this.#call = call;
    this.#saved = saved;
    this.#x = module.address(saved.x);
    this.#dy = module.address(dy);
    this.#dx = module.zeros(layout.input);
  }

  run(): EdgeGradients {
    const module = this.#module;
    const { functions } = module;
    const { terms, output } = this.#layout;
    const { statistics, weights } = this.#saved;
    const places = module.address(statistics);
    const channels = output[3];
    const pixels = mapSize(output) / channels;
    const present = presentTerms(this.#layout);
    // A term without a norm takes part for the gradient of its weight alone.
    const measured = this.#call.alphaGradients ? present : present.filter((k) => terms[k]!.stages.length > 0);
    const each = functions.sumsBytes(channels);
    const sumsBytes = functions.mixtureSumsBytes(measured.length, channels);
    const maps = this.#mapAddresses();
    const { last, temporary } = this.#lastMaps(maps);
    const dWeights = this.#call.alphaGradients ? module.zeros([terms.length]) : undefined;
    const given: TensorInfo[] = [];

    module.scratch(tableBytes(measured.length) + sumsBytes + 8 * channels + 64, (table) => {
      const sums = Math.ceil((table + tableBytes(measured.length)) / 16) * 16;
      const zeros = sums + sumsBytes;
      const chosen = writeTable(module, table, this.#layout, measured, last, places, module.address(weights));
      functions.mixtureSums(table, measured.length, this.#dy, pixels, channels, zeros, sums);
      if (dWeights) {
        functions.mixtureWeightGrads(table, measured.length, channels, sums, chosen);
        const gradients = module.floats(chosen, measured.length);
        const out = module.floats(module.address(dWeights), terms.length);
        measured.forEach((k, row) => {
          out[k] = gradients[row]!;
        });
      }
      for (const tensor of temporary) module.dispose(tensor);

      for (const k of present) {
        const term = terms[k]!;
        const weight = module.floats(module.address(weights), terms.length)[k]!;
        const products = sums + (measured.indexOf(k) + 1) * each;
        if (term.kind === 'identity') this.#identity(term, weight);
        else if (term.kind === 'given') given.push(this.#given(term.index, weight));
        else if (term.kind === 'pool') this.#pool(term, weight, sums, products, maps.get(term)![0]!);
        else if (term.kind === 'blocks') this.#blocks(term.stages, weight, sums, products, maps.get(term)!);
      }
    });
    return { x: this.#dx, ...(dWeights && { weights: dWeights }), given, filters: this.#filters };
  }

  /** Addresses of the maps before the norms, by term. */
  #mapAddresses(): Map<PlacedTerm, number[]> {
    let next = 0;
    return new Map(
      this.#layout.terms.map((term) => [
        term,
        term.stages.map(() => this.#module.address(this.#saved.maps[next++]!)),
      ]),
    );
  }

  /** What every term put into the sum; noise is drawn again where the gradient of its weight needs it. */
  #lastMaps(maps: Map<PlacedTerm, number[]>): { last: Map<number, number>; temporary: TensorInfo[] } {
    const module = this.#module;
    const temporary: TensorInfo[] = [];
    const last = new Map<number, number>();
    this.#layout.terms.forEach((term, k) => {
      if (term.kind === 'given') last.set(k, module.address(this.#saved.given[term.index]!));
      else if (term.kind !== 'identity') last.set(k, maps.get(term)!.at(-1) ?? 0);
      else if (!term.term.noise || !this.#call.alphaGradients) last.set(k, this.#x);
      else {
        const noisy = module.output(this.#layout.input);
        temporary.push(noisy);
        this.#disturb(term, this.#x, module.address(noisy));
        last.set(k, module.address(noisy));
      }
    });
    return { last, temporary };
  }

  #disturb(term: Extract<PlacedTerm, { kind: 'identity' }>, of: number, y: number): void {
    disturb(this.#module, term.term.noise!(this.#call.moment), {
      x: this.#x,
      of,
      y,
      size: mapSize(this.#layout.input),
    });
  }

  #identity(term: Extract<PlacedTerm, { kind: 'identity' }>, weight: number): void {
    const module = this.#module;
    const size = mapSize(this.#layout.input);
    const dx = module.address(this.#dx);
    const noise = term.term.noise?.(this.#call.moment);
    if (noise?.formula.mixture !== 'multiplicative') {
      module.functions.addScaled(this.#dy, dx, size, weight);
      return;
    }
    module.scratch(4 * size, (scaled) => {
      this.#disturb(term, this.#dy, scaled);
      module.functions.addScaled(scaled, dx, size, weight);
    });
  }

  #given(index: number, weight: number): TensorInfo {
    const { shape } = this.#saved.given[index]!;
    const out = this.#module.output(shape);
    this.#module.functions.scale(this.#dy, this.#module.address(out), mapSize(this.#layout.output), weight);
    return out;
  }

  /** Lends the coefficients of a norm's backward map. */
  #withCoefficients(
    { variance }: NormAddresses,
    channels: number,
    count: number,
    epsilon: number,
    sums: number,
    products: number,
    weight: number,
    run: (coefficients: Coefficients) => void,
  ): void {
    this.#module.scratch(12 * channels, (a) => {
      const [b, d] = [a + 4 * channels, a + 8 * channels];
      this.#module.functions.normGradCoefficients(
        sums,
        products,
        variance,
        0,
        epsilon,
        count,
        weight,
        channels,
        a,
        b,
        d,
      );
      run({ a, b, d });
    });
  }

  #pool(
    { term, stages: [stage] }: Extract<PlacedTerm, { kind: 'pool' }>,
    weight: number,
    sums: number,
    products: number,
    z: number,
  ): void {
    const module = this.#module;
    const { functions } = module;
    const [n, h, w, c] = this.#layout.input;
    const norm = normAddresses(module.address(this.#saved.statistics), stage.norm);
    const pixels = mapSize(stage.shape) / c;
    this.#withCoefficients(norm, c, pixels, term.norm.epsilon, sums, products, weight, ({ a, b, d }) =>
      module.scratch(4 * mapSize(stage.shape), (dz) => {
        functions.normGrad(this.#dy, z, 4 * c, pixels, c, norm.mean, a, b, d, dz);
        const { stride } = term;
        const dx = module.address(this.#dx);
        module.scratch(functions.poolBytes(h, w, c, 1, 1), (scratch) => {
          if (term.pool === 'max') {
            functions.maxPoolBackward(dz, this.#x, z, n, h, w, c, 3, stride, stride, 1, 1, dx, true, scratch);
          } else {
            functions.avgPoolBackward(dz, n, h, w, c, 3, stride, stride, 1, 1, dx, true, scratch);
          }
        });
      }),
    );
  }

  /** The blocks of a candidate, last first; the gradient of each goes through the norm of the one before. */
  #blocks(
    stages: readonly PlacedBlock[],
    weight: number,
    sums: number,
    products: number,
    maps: readonly number[],
  ): void {
    const filters = stages.map(({ block }) =>
      this.#call.weightGradients
        ? ([this.#module.zeros(block.depthwise.shape), this.#module.zeros(block.pointwise.shape)] as const)
        : undefined,
    );
    this.#filters.push(...filters.flatMap((pair) => pair ?? []));
    const back = (index: number, dy: number, above: number, aboveProducts: number, share: number): void => {
      const stage = stages[index]!;
      const norm = normAddresses(this.#module.address(this.#saved.statistics), stage.norm);
      const { channels } = stage.norm;
      const pixels = mapSize(stage.shape) / channels;
      const { epsilon } = stage.block.norm;
      this.#withCoefficients(norm, channels, pixels, epsilon, above, aboveProducts, share, (coefficients) => {
        const common = { stage, dy, z: maps[index]!, norm, coefficients, filters: filters[index] };
        if (index === 0) {
          this.#block({
            ...common,
            x: this.#x,
            before: undefined,
            dx: this.#module.address(this.#dx),
            sums: 0,
          });
          return;
        }
        const earlier = stages[index - 1]!;
        const each = this.#module.functions.sumsBytes(earlier.norm.channels);
        this.#module.scratch(4 * mapSize(earlier.shape) + 2 * each, (own) => {
          const dx = own + 2 * each;
          this.#module.floats(own, each / 2).fill(0);
          const before = normAddresses(this.#module.address(this.#saved.statistics), earlier.norm);
          this.#block({ ...common, x: maps[index - 1]!, before, dx, sums: own });
          back(index - 1, dx, own, own + each, 1);
        });
      });
    };
    back(stages.length - 1, this.#dy, sums, products, weight);
  }

  #block({
    stage: { block, plan },
    dy,
    z,
    norm,
    coefficients: { a, b, d },
    filters,
    x,
    before,
    dx,
    sums,
  }: {
    readonly stage: PlacedBlock;
    readonly dy: number;
    readonly z: number;
    readonly norm: NormAddresses;
    readonly coefficients: Coefficients;
    readonly filters: readonly [TensorInfo, TensorInfo] | undefined;
    readonly x: number;
    readonly before: NormAddresses | undefined;
    readonly dx: number;
    readonly sums: number;
  }): void {
    const module = this.#module;
    const { functions, desk } = module;
    planBlock(module, desk, plan);
    module.scratch(functions.blockBackwardBytes(desk), (scratch) =>
      functions.blockBackward(
        desk,
        dy,
        z,
        norm.mean,
        a,
        b,
        d,
        x,
        before?.mean ?? 0,
        before?.gain ?? 0,
        0,
        true,
        module.address(block.depthwise),
        module.address(block.pointwise),
        filters ? module.address(filters[0]) : 0,
        filters ? module.address(filters[1]) : 0,
        dx,
        before === undefined,
        sums,
        scratch,
      ),
    );
  }
}

/** Gradients of an edge from that of its output. */
export function edgeBackward(
  module: WasmInstance,
  layout: EdgeLayout,
  call: EdgeCall,
  dy: TensorInfo,
  saved: EdgeSaved,
): EdgeGradients {
  return new Backward(module, layout, call, dy, saved).run();
}
