import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';

/** As much of S3 as the run store asks for, in memory: objects of one bucket, conditional writes, lists in pages of three. */
export async function startS3() {
  const objects = new Map<string, Buffer>();
  const tagOf = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`;
  /** Called before every write; throws to refuse it. */
  const hooks = { beforePut: (_key: string) => {} };
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: string | Buffer = '', headers = {}) =>
      response.writeHead(status, headers).end(body);
    const error = (status: number, code: string) =>
      answer(status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`, {
        'content-type': 'application/xml',
      });
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
    const [, bucket, ...rest] = pathname.split('/').map(decodeURIComponent);
    const key = rest.join('/');
    if (bucket !== 'bucket') return error(404, 'NoSuchBucket');
    const found = objects.get(key);
    if (request.method === 'GET' && searchParams.has('list-type')) {
      const prefix = searchParams.get('prefix') ?? '';
      const after = searchParams.get('continuation-token') ?? '';
      const keys = [...objects.keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
      const page = keys.slice(0, 3);
      const next = keys.length > 3 ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
      const contents = page.map((name) => `<Contents><Key>${name}</Key></Contents>`).join('');
      return answer(200, `<ListBucketResult>${contents}${next}</ListBucketResult>`);
    }
    if (request.method === 'GET')
      return found ? answer(200, found, { etag: tagOf(found) }) : error(404, 'NoSuchKey');
    if (request.method === 'DELETE') {
      objects.delete(key);
      return answer(204);
    }
    const bytes = await bodyOf(request);
    const match = request.headers['if-match'];
    if (request.headers['if-none-match'] === '*' && found) return error(412, 'PreconditionFailed');
    if (match !== undefined && !found) return error(404, 'NoSuchKey');
    if (match !== undefined && tagOf(found!) !== match) return error(412, 'PreconditionFailed');
    try {
      hooks.beforePut(key);
    } catch {
      return error(507, 'InsufficientStorage');
    }
    objects.set(key, bytes);
    return answer(200, '', { etag: tagOf(bytes) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    hooks,
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}
