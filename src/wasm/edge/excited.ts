import type { FusedBlock } from '../../kernels/edge';
import type { WasmInstance } from '../instance';
import { excitedBy, type MapPlace } from './place';

/** What squeeze-and-excitation works on: addresses. */
interface Gates {
  readonly means: number;
  readonly hidden: number;
  readonly active: number;
  readonly gates: number;
}

/** What the gradient of the map, a dy + b (z - zMean) + d, is made from, and where that of the one before goes; addresses. */
interface MapGradients {
  readonly dy: number;
  readonly z: number;
  readonly zMean: number;
  readonly a: number;
  readonly b: number;
  readonly d: number;
  readonly dx: number;
  readonly sums: number;
}

/**
 * A pointwise convolution of a normalised map behind Swish, or behind squeeze-and-excitation. On the way back the maps are made
 * again; the gates are kept.
 */
export class ExcitedBody {
  readonly #module: WasmInstance;
  readonly #block: FusedBlock;
  readonly #reduced: number;
  /** Of squeeze-and-excitation, if there is one. */
  readonly #gates: Gates | undefined;
  /** Of the map that is read. */
  readonly #source;
  readonly #filter;

  constructor(
    module: WasmInstance,
    block: FusedBlock,
    { z: x, mean, gain, offset, channels: c, pixels, shape: [n] }: MapPlace,
    means: number,
  ) {
    this.#module = module;
    this.#block = block;
    this.#reduced = block.excitation ? excitedBy(block.excitation) : 0;
    this.#source = { x, n, pixels: pixels / n, c, mean, gain, offset, swish: block.activation === 'swish' };
    const gates = means + 4 * n * c;
    const hidden = gates + 4 * n * c;
    this.#gates = block.excitation && { means, gates, hidden, active: hidden + 4 * n * this.#reduced };
    this.#filter = { filter: module.address(block.filter!), outputs: block.filter!.shape[3] };
  }

  /** Makes the map, and its moments if they are asked for. */
  forward(results: { readonly z: number; readonly state: number }): void {
    const { functions } = this.#module;
    const gates = this.#gates;
    if (gates) {
      functions.activatedMeans({ ...this.#source, means: gates.means });
      functions.gatesForward({ ...this.#layers(), ...gates });
    }
    functions.excitedForward({ ...this.#source, ...this.#filter, ...results, gates: gates?.gates });
  }

  /** Makes the gradient of the map before, behind its norm, with its sums, and those of `variables`, if they are given. */
  backward(gradients: MapGradients, [dFilter, ...ofExcitation]: readonly number[]): void {
    const { functions } = this.#module;
    const { n, c } = this.#source;
    const { dx, sums } = gradients;
    const made = this.#gates;
    const back = (dGates: number) => {
      const gates = made?.gates;
      functions.excitedBackward({ ...this.#source, ...this.#filter, ...gradients, gates, dFilter, dGates });
      if (made) {
        const [dReduce, dReduceBias, dExpand, dExpandBias] = ofExcitation;
        const variables = { dReduce, dReduceBias, dExpand, dExpandBias };
        functions.gatesBackward({ ...this.#layers(), ...made, ...variables, dGates });
      }
      functions.activationBackward({ ...this.#source, dx, gates, dMeans: dGates, sums });
    };
    if (made) this.#module.scratch(4 * n * c, back);
    else back(0);
  }

  /** The two layers of squeeze-and-excitation. */
  #layers() {
    const { variables, activation } = this.#block.excitation!;
    const [reduce, reduceBias, expand, expandBias] = variables.map((variable) =>
      this.#module.address(variable),
    ) as [number, number, number, number];
    const { n, c } = this.#source;
    const swish = activation === 'swish';
    return { n, c, reduced: this.#reduced, swish, reduce, reduceBias, expand, expandBias };
  }
}
