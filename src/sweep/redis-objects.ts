import { Buffer } from 'node:buffer';
import type { Redis } from 'ioredis';
import { rangeError, requireText } from '../errors';
import type { ObjectStorage } from './objects';
import { optional } from './optional';
import { withoutPassword } from './without-password';

/** Sets a field that has not changed; one command, so that nobody comes between. */
const REPLACE = `if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  return 1
end
return 0`;

/**
 * A connection to Redis that has been tried.
 *
 * @throws RangeError if there is no such server, or it refuses the password.
 */
export async function connectRedis(fn: string, url: string): Promise<Redis> {
  requireText(fn, 'the address', url, 'pass redis://HOST');
  if (!URL.canParse(url)) throw rangeError(fn, 'the address must be one of Redis', url, 'pass redis://HOST');
  const { Redis } = await optional(fn, 'ioredis', import('ioredis'));
  const redis = new Redis(url, {
    // A queue's connection waits through a restart of the server, however long it takes.
    maxRetriesPerRequest: null,
    lazyConnect: true,
    retryStrategy: (times) => Math.min(50 * times, 1000),
  });
  let reason: Error | undefined;
  redis.on('error', (error: Error) => {
    reason = error;
  });
  try {
    await Promise.race([
      redis.connect().then(() => redis.ping()),
      new Promise((_, reject) => {
        redis.once('error', reject);
      }),
    ]);
    return redis;
  } catch (error) {
    redis.disconnect();
    const { message } = reason ?? (error as Error);
    throw rangeError(
      fn,
      `there is no Redis at ${withoutPassword(url)} that takes this address and password`,
      message || (reason as NodeJS.ErrnoException | undefined)?.code,
      'correct the address, redis://:PASSWORD@HOST:PORT, or start the server',
    );
  }
}

/** Objects in the hashes `noisydarts:SWEEP:FOLDER` of Redis. */
export function redisObjects(redis: Redis, url: string, sweep: string): ObjectStorage {
  const at = (name: string) => {
    const slash = name.indexOf('/');
    return [`noisydarts:${sweep}:${name.slice(0, slash)}`, name.slice(slash + 1)] as const;
  };
  const tagOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return {
    location: `${withoutPassword(url)}#${sweep}`,
    async get(name) {
      const bytes = await redis.hgetBuffer(...at(name));
      return bytes ? { bytes: new Uint8Array(bytes), tag: tagOf(bytes) } : undefined;
    },
    async put(name, bytes) {
      const [key, field] = at(name);
      await redis.hset(key, field, Buffer.from(bytes));
    },
    async create(name, bytes) {
      const made = await redis.hsetnx(...at(name), Buffer.from(bytes));
      return made === 1 ? tagOf(bytes) : undefined;
    },
    async replace(name, bytes, tag) {
      const [key, field] = at(name);
      const done = await redis.eval(REPLACE, 1, key, field, Buffer.from(tag, 'base64'), Buffer.from(bytes));
      return done === 1 ? tagOf(bytes) : undefined;
    },
    async remove(name) {
      await redis.hdel(...at(name));
    },
    list: (folder) => redis.hkeys(`noisydarts:${sweep}:${folder}`),
    async close() {
      redis.disconnect();
    },
  };
}

/** Names of the sweeps that a Redis holds. */
export async function sweepsIn(redis: Redis): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of redis.scanStream({ match: 'noisydarts:*:sweep', count: 1000 })) keys.push(...page);
  return keys.map((key) => key.slice('noisydarts:'.length, -':sweep'.length)).sort();
}
