import { createHash } from 'node:crypto';
import { writeFileAtomic } from '../../../../src/node/atomic-write';

/** Saves files of changing size over one path until it is killed: 32 bytes of SHA-256, then the content. */
const [path = ''] = process.argv.slice(2);
for (let round = 0; ; round++) {
  const content = Buffer.alloc(1_000_000 + ((round * 1_234_567) % 3_000_000), round % 251);
  await writeFileAtomic(path, Buffer.concat([createHash('sha256').update(content).digest(), content]));
  if (round === 0) process.stdout.write('saving\n');
}
