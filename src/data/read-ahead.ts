import type { ExampleBatch } from './dataset';

/**
 * Batches by position, of which the next `ahead` are on their way while one is used.
 *
 * @param ahead - How many, beyond the one that is asked for.
 * @param start - Begins to make the batch at a position; undefined where there is none.
 * @returns The batch at a position.
 */
export function readAhead(
  ahead: number,
  start: (position: number) => Promise<ExampleBatch> | undefined,
): (position: number) => Promise<ExampleBatch> {
  const pending = new Map<number, Promise<ExampleBatch>>();
  return (position) => {
    const batch = pending.get(position) ?? start(position)!;
    pending.delete(position);
    for (const held of pending.keys()) if (held < position || held > position + ahead) pending.delete(held);
    for (let next = position + 1; next <= position + ahead; next++) {
      if (pending.has(next)) continue;
      const started = start(next);
      if (!started) break;
      // Whoever asks for the batch sees its failure; if nobody does, it concerns nobody.
      started.catch(() => undefined);
      pending.set(next, started);
    }
    return batch;
  };
}
