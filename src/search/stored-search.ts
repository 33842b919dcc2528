import { rangeError } from '../errors';
import { unpackRun } from '../runs';
import { decodeCheckpoint } from '../runs/checkpoint';
import type { RunPosition } from '../runs/position';
import type { AnySpace } from '../spaces';
import type { Searchable } from '../supernet';

/**
 * Gives a supernet the weights, alphas and running statistics of a checkpoint of {@link search}, to look at what a run has
 * come to. Going on with the run is the option `resume`.
 *
 * @param supernet - Built, with the options of that run's; of a model `modelSupernet(model)`.
 * @throws RangeError if the bytes are no checkpoint, or one of another supernet, or the supernet is not built; nothing has
 * changed then.
 */
export function restoreSupernet<S extends AnySpace>(supernet: Searchable<S>, bytes: Uint8Array): void {
  const { settings } = (decodeCheckpoint(bytes).meta ?? {}) as { settings?: Record<string, unknown> };
  const variables = supernet.namedVariables();
  if (variables.size === 0)
    throw rangeError(
      'restoreSupernet',
      'the supernet must be built',
      'no weights yet',
      'make it with inputShape, or apply it to an input first',
    );
  unpackRun(
    bytes,
    {
      fn: 'restoreSupernet',
      subject: supernet.subject,
      variables,
      trained: {},
    },
    { ...settings, [supernet.subject]: supernet.description },
    (position) => {
      const { epoch, stepInEpoch } = position as RunPosition;
      // Between epochs the next one is in progress.
      supernet.epoch = Math.max(0, stepInEpoch > 0 ? epoch : epoch - 1);
    },
  );
}
