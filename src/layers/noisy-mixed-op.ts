import type { layers } from '@tensorflow/tfjs-layers';
import { rangeError, requireList, requireOptions, typeError } from '../errors';
import { MixedOp, type MixedOpOptions } from './mixed-op';
import { checkNoise, gaussianNoise, type NoiseSettings } from './noise/settings';
import { NoisyOp } from './noisy-op';

/** Noise of some of an edge's candidates, by their names. */
export type NoiseByCandidate<P extends string = string> = { readonly [primitive in P]?: NoiseSettings };

/** Options of {@link NoisyMixedOp}. */
export interface NoisyMixedOpOptions<P extends string = string> extends MixedOpOptions<P> {
  /** Noise for the candidates named in `on`, or noise for each candidate by name. Default: the paper's. */
  readonly noise?: NoiseSettings | NoiseByCandidate<P>;
  /** Which candidates the noise falls on. Default `['skip_connect']`. */
  readonly on?: readonly NoInfer<P>[];
}

const NOISE_REMEDY = 'pass for example gaussianNoise({ std: 0.2 }), or use MixedOp for an edge without noise';

const isSettings = (noise: object): noise is NoiseSettings => 'distribution' in noise;

/**
 * A {@link MixedOp} whose skip connection is disturbed by noise during training, so that it cannot win by the
 * ease of information flow alone.
 *
 * `y = sum_{k != skip} w_k op_k(x) + w_skip (op_skip(x) + n)`, `w = softmax(alpha)`, `n ~ N(0, (lambda std)^2)`.
 *
 * @throws RangeError if none of the candidates is to get noise.
 *
 * Source: paper, section 3.2.
 */
export class NoisyMixedOp<P extends string = string> extends MixedOp<P> {
  static override className = 'NoisyDartsNoisyMixedOp';
  /** The noise of each disturbed candidate. */
  readonly noise: NoiseByCandidate<P>;

  constructor(options: NoisyMixedOpOptions<P>) {
    const {
      noise = gaussianNoise(),
      on = ['skip_connect' as P],
      ...mixed
    } = requireOptions('NoisyMixedOp', options);
    requireList('NoisyMixedOp', 'on', on, NOISE_REMEDY);
    if (noise === null || typeof noise !== 'object') {
      throw typeError(
        'NoisyMixedOp',
        'noise must be settings, or settings by candidate',
        noise,
        NOISE_REMEDY,
      );
    }
    const byCandidate = (
      isSettings(noise) ? Object.fromEntries(on.map((primitive) => [primitive, noise])) : noise
    ) as NoiseByCandidate<P>;
    super(mixed, { noise: byCandidate });
    this.noise = byCandidate;
    for (const settings of Object.values<NoiseSettings | undefined>(byCandidate))
      if (settings) checkNoise('NoisyMixedOp', settings);
    const disturbed = Object.keys(byCandidate).filter((name) => this.primitives.includes(name as P));
    if (disturbed.length === 0) {
      throw rangeError(
        'NoisyMixedOp',
        `noise must fall on one of ${this.primitives.join(', ')}`,
        Object.keys(byCandidate),
        "name them with 'on', or use MixedOp for an edge without noise",
      );
    }
  }

  protected override prepare(primitive: P, op: layers.Layer): layers.Layer {
    const noise = Object.hasOwn(this.noise, primitive) ? this.noise[primitive] : undefined;
    if (!noise) return op;
    return new NoisyOp({ ...this.seeded(`noisy_${primitive}`), layer: op, noise });
  }
}

/** A mixed edge, noisy if there is noise. */
export function mixedEdge<P extends string>(
  options: MixedOpOptions<P>,
  noise: NoiseByCandidate<P> | null | undefined,
): MixedOp<P> {
  return noise ? new NoisyMixedOp<P>({ ...options, noise }) : new MixedOp<P>(options);
}
