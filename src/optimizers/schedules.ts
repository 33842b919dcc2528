import { checkOptions, type OptionKeys, rangeError, requireKind, requireKinds, typeError } from '../errors';

/** A schedule as plain JSON. */
export type ScheduleConfig =
  | { readonly type: 'constant'; readonly value: number }
  | {
      readonly type: 'linear' | 'cosine';
      readonly from: number;
      readonly to: number;
      readonly epochs: number;
    };

/**
 * A number for each epoch, from epoch 0 on.
 *
 * Epoch e of a run trains with `schedule(e)`: the first epoch has the full starting value, and the end value would be
 * that of the epoch after the last. (The official code steps its scheduler before the epoch, so that on recent PyTorch
 * its epoch e trains with the value of e + 1; pass `epoch + 1` to follow it.) A fraction of an epoch is welcome.
 */
export interface Schedule {
  (epoch: number): number;
  /** Rebuilds the schedule by {@link scheduleFrom}. */
  readonly config: ScheduleConfig;
}

/** Options of {@link linear}. */
export interface RampOptions {
  /** Value at epoch 0. */
  readonly from: number;
  /** Value at epoch `epochs` and from there on. */
  readonly to: number;
  /** Length in epochs, above 0. */
  readonly epochs: number;
}

/** Options of {@link cosine}. */
export interface CosineOptions extends Omit<RampOptions, 'to'> {
  /** Value at epoch `epochs` and from there on. Default 0. */
  readonly to?: number;
}

const KEYS = { from: 'finite', to: 'finite', epochs: 'positive' } satisfies OptionKeys<RampOptions>;

function ramp(
  type: 'linear' | 'cosine',
  { from, to, epochs }: RampOptions,
  fade: (t: number) => number,
): Schedule {
  requireKinds(type, { from, to, epochs }, KEYS, true);
  const schedule = (epoch: number) => {
    if (!(epoch >= 0)) throw rangeError(type, 'the epoch must be >= 0', epoch, 'count epochs from 0');
    return epoch >= epochs ? to : to + (from - to) * fade(epoch / epochs);
  };
  return Object.assign(schedule, { config: { type, from, to, epochs } });
}

/** The same value at every epoch. */
export function constant(value: number): Schedule {
  requireKind('constant', 'value', value, 'finite');
  return Object.assign(() => value, { config: { type: 'constant' as const, value } });
}

/** A straight line: to + (from - to) (1 - t / epochs). Drop path rises by one, from 0 to its final rate. */
export function linear(options: RampOptions): Schedule {
  const { from, to, epochs } = checkOptions('linear', options, KEYS);
  return ramp('linear', { from, to, epochs }, (t) => 1 - t);
}

/**
 * Half a cosine wave: to + (from - to) (1 + cos(pi t / epochs)) / 2, in closed form, `to` after its end.
 *
 * The paper's weights use from 0.05, to 0.001, 50 epochs. Source: Loshchilov & Hutter, 1608.03983, equation 5, without
 * restarts.
 */
export function cosine(options: CosineOptions): Schedule {
  const { from, to = 0, epochs } = checkOptions('cosine', options, KEYS);
  return ramp('cosine', { from, to, epochs }, (t) => (1 + Math.cos(Math.PI * t)) / 2);
}

/** The schedule that a {@link ScheduleConfig} describes, as read from JSON. @throws TypeError when its type is unknown. */
export function scheduleFrom(config: ScheduleConfig): Schedule {
  const { type: _, ...options } = { ...config } as RampOptions & { type?: unknown };
  switch (config?.type) {
    case 'constant':
      return constant(config.value);
    case 'linear':
      return linear(options);
    case 'cosine':
      return cosine(options);
    default:
      throw typeError(
        'scheduleFrom',
        "type must be 'constant', 'linear' or 'cosine'",
        config,
        'correct the config',
      );
  }
}
