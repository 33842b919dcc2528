/** What `withMixtures` has in force while a body runs, and until its promise settles if it has one. */
export class Interlude {
  /** Whether an asynchronous body goes on. */
  #goesOn = false;

  /**
   * @param begin - Puts it in force, and returns what ends it.
   * @returns What `body` returns.
   * @throws Error if an asynchronous `body` begins while another goes on.
   */
  run<T>(begin: () => () => void, body: () => T): T {
    const end = begin();
    let result: T;
    try {
      result = body();
    } catch (error) {
      end();
      throw error;
    }
    if (!(result instanceof Promise)) {
      end();
      return result;
    }
    if (this.#goesOn) {
      end();
      result.catch(() => undefined);
      throw new Error(
        'withMixtures: one asynchronous body at a time, got another before the first has ended; await the first',
      );
    }
    this.#goesOn = true;
    return result.finally(() => {
      this.#goesOn = false;
      end();
    }) as T;
  }
}
