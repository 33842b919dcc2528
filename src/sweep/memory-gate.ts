/** Lets jobs begin as long as their memory fits beside that of those under way; one that is alone always fits. */
export class MemoryGate {
  private used = 0;
  private inside = 0;
  private waiting: (() => void)[] = [];

  /**
   * @param total - Bytes for all jobs together.
   * @param signal - When aborted, nobody waits any longer.
   */
  constructor(
    private readonly total: number,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.wake());
  }

  private wake(): void {
    const all = this.waiting;
    this.waiting = [];
    for (const go of all) go();
  }

  /** Waits until there is room for this many bytes. @returns What gives them back. */
  async enter(bytes: number): Promise<() => void> {
    while (this.inside > 0 && this.used + bytes > this.total && !this.signal.aborted)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.used += bytes;
    this.inside++;
    return () => {
      this.used -= bytes;
      this.inside--;
      this.wake();
    };
  }
}
