import { describe, expect, it } from 'vitest';
import { noteReads, summary, unreadByAll } from '../golden/support/reads';

const fixture = () => ({
  meta: { file: 'x.json' },
  size: 3,
  cases: [
    { note: 'in words', remark: 'a', out: { shape: [2], data: [1, 2] } },
    { remark: 'b', out: { shape: [2], data: [3, 4] } },
  ],
  published: { a: { params: 1 }, b: { params: 2 } },
});

describe('what is read of a fixture', () => {
  it('is noted leaf by leaf; the widest places that nothing was read of are named', () => {
    const { fixture: read, unread } = noteReads(fixture());
    expect(unread()).toEqual(['all of it']);
    expect(read.size).toBe(3);
    for (const { out } of read.cases) expect([...out.shape, ...out.data]).toHaveLength(3);
    expect(unread()).toEqual(['meta', 'cases.0.remark', 'cases.1.remark', 'published']);
    expect(summary(unread())).toEqual(['meta', 'cases.*.remark (2)', 'published']);
    expect(read.published.a.params).toBe(1);
    expect(unread()).toContain('published.b');
  });

  it('does not change what is read', () => {
    expect(noteReads(fixture()).fixture).toStrictEqual(fixture());
  });

  it('what several readers leave is what all of them leave', () => {
    expect(
      unreadByAll([
        ['a', 'b.c', 'd'],
        ['a.x', 'b', 'e'],
      ]),
    ).toEqual(['a.x', 'b.c']);
    expect(unreadByAll([['a']])).toEqual(['a']);
  });
});
