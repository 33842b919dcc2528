import { rangeError } from '../errors';
import type { ObjectStorage } from './objects';
import { optional } from './optional';

/** What a store answers where the object is not in the state that was asked for. */
const isConflict = (error: { name?: string; $metadata?: { httpStatusCode?: number } }) =>
  [409, 412].includes(error.$metadata?.httpStatusCode ?? 0);
const isMissing = (error: { name?: string }) => error.name === 'NoSuchKey' || error.name === 'NotFound';

/**
 * Objects below a prefix of a bucket that speaks S3 and knows conditional writes (If-None-Match, If-Match), as those of AWS and
 * MinIO do. Region, credentials and `AWS_ENDPOINT_URL` come from where the AWS client finds them.
 *
 * @throws RangeError if the bucket cannot be read.
 */
export async function s3Objects(fn: string, url: string): Promise<ObjectStorage> {
  const s3 = await optional(fn, '@aws-sdk/client-s3', import('@aws-sdk/client-s3'));
  const { hostname: Bucket, pathname } = new URL(url);
  const prefix = pathname.replace(/^\/|\/$/g, '');
  const client = new s3.S3Client({
    // A server of one's own rarely has a name for every bucket.
    forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const at = (name: string) => ({ Bucket, Key: prefix === '' ? name : `${prefix}/${name}` });
  const conditional = async (name: string, Body: Uint8Array, condition: object) => {
    try {
      const { ETag } = await client.send(new s3.PutObjectCommand({ ...at(name), Body, ...condition }));
      return ETag!;
    } catch (error) {
      if (isConflict(error as object) || isMissing(error as object)) return undefined;
      throw error;
    }
  };
  const list = async (folder: string) => {
    const names: string[] = [];
    const start = at(`${folder}/`).Key;
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await client.send(
        new s3.ListObjectsV2Command({
          Bucket,
          Prefix: start,
          ...(token !== undefined && { ContinuationToken: token }),
        }),
      );
      names.push(...(page.Contents ?? []).map(({ Key }) => Key!.slice(start.length)));
      token = page.NextContinuationToken;
    }
    return names;
  };
  await list('sweep').catch((error: Error) => {
    throw rangeError(
      fn,
      `'${url}' cannot be read`,
      error.message || error.name,
      'correct the address, s3://BUCKET/PREFIX, and the credentials of the AWS client',
    );
  });
  return {
    location: url,
    async get(name) {
      try {
        const { Body, ETag } = await client.send(new s3.GetObjectCommand(at(name)));
        return { bytes: await Body!.transformToByteArray(), tag: ETag! };
      } catch (error) {
        if (isMissing(error as object)) return undefined;
        throw error;
      }
    },
    async put(name, Body) {
      await client.send(new s3.PutObjectCommand({ ...at(name), Body }));
    },
    create: (name, bytes) => conditional(name, bytes, { IfNoneMatch: '*' }),
    replace: (name, bytes, tag) => conditional(name, bytes, { IfMatch: tag }),
    async remove(name) {
      await client.send(new s3.DeleteObjectCommand(at(name)));
    },
    list,
    async close() {
      client.destroy();
    },
  };
}
