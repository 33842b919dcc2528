import type { Page } from 'playwright-core';

interface Answer {
  readonly id: number;
  readonly result: { readonly usedSize?: number };
}

/** Bytes of JavaScript objects that the page's worker holds after a garbage collection. */
export async function workerHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const { targetInfos } = await session.send('Target.getTargets');
  const worker = targetInfos.find(({ type }) => type === 'worker')!;
  const { sessionId } = await session.send('Target.attachToTarget', { targetId: worker.targetId });
  let id = 0;
  const ask = (method: string) => {
    const own = ++id;
    const answer = new Promise<Answer>((resolve) => {
      session.on('Target.receivedMessageFromTarget', ({ message }) => {
        const received = JSON.parse(message) as Answer;
        if (received.id === own) resolve(received);
      });
    });
    return session
      .send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id: own, method }) })
      .then(() => answer);
  };
  await ask('HeapProfiler.collectGarbage');
  const { result } = await ask('Runtime.getHeapUsage');
  await session.detach();
  return result.usedSize!;
}
