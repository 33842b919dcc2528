import { rangeError, requireText } from '../errors';
import type { ClaimTimes } from './claim';
import { objectRunStore } from './object-run-store';
import { connectRedis, redisObjects, sweepsIn } from './redis-objects';
import { folderRunStore, type RunStore } from './run-store';
import { s3Objects } from './s3-objects';

/** Options of {@link openRunStore}. */
export interface OpenRunStoreOptions {
  /** Name of the sweep, which a Redis of several needs. Default: the one that is there. */
  readonly sweep?: string;
  /** As for {@link folderRunStore}. */
  readonly times?: ClaimTimes;
}

/**
 * A store by its address: a folder, `redis://HOST`, for small runs (optional peer `ioredis`), or `s3://BUCKET/PREFIX` (optional
 * peer `@aws-sdk/client-s3`), every write of which is whole or does not happen.
 *
 * @throws RangeError if there is nothing at the address, or several sweeps and none is named.
 */
export async function openRunStore(
  location: string,
  { sweep, times }: OpenRunStoreOptions = {},
): Promise<RunStore> {
  requireText(
    'openRunStore',
    'the location',
    location,
    "pass a folder, 'redis://HOST' or 's3://BUCKET/PREFIX'",
  );
  if (/^s3:/.test(location))
    return objectRunStore('openRunStore', await s3Objects('openRunStore', location), times);
  if (!/^rediss?:/.test(location)) return folderRunStore(location, times);
  const redis = await connectRedis('openRunStore', location);
  try {
    const there = sweep === undefined ? await sweepsIn(redis) : [sweep];
    if (there.length !== 1)
      throw rangeError(
        'openRunStore',
        'the Redis must hold one sweep',
        there,
        'start a sweep, or name one of several',
      );
    return objectRunStore('openRunStore', redisObjects(redis, location, there[0]!), times);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}
