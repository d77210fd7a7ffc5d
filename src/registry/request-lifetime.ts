// One request's lifetime: ended by its caller, by the deadline of the work it belongs to, by a timer, or by a step that fails.
import { type EndedBy, faultFromTransportError } from './transport-fault.ts';

export class RequestLifetime {
  readonly #controller = new AbortController();
  readonly #over = Promise.withResolvers<void>();
  readonly #host: string;
  readonly #outer: AbortSignal;
  readonly #onOuterAbort = (): void => this.end(isTimeout(this.#outer.reason) ? 'deadline' : 'caller');
  #timer: NodeJS.Timeout | undefined;
  #endedBy: EndedBy | undefined;

  /** @param outer ends it early; `host` is for messages. */
  constructor(host: string, outer: AbortSignal) {
    this.#host = host;
    this.#outer = outer;
    if (outer.aborted) this.#onOuterAbort();
    else outer.addEventListener('abort', this.#onOuterAbort, { once: true });
  }

  /** What the request itself listens to. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Resolves when nothing is left of it, however it ended. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Starts the only timer again. */
  endAfter(timeoutMs: number): void {
    this.pause();
    if (!this.signal.aborted) this.#timer = setTimeout(() => this.end('timeout'), timeoutMs);
  }

  /** Stops the timer: what takes time now is not the host's. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** Waits for a step; a failed step ends the whole request and its connection. @throws Fault, whatever the step threw. */
  async guard<T>(step: Promise<T>): Promise<T> {
    try {
      return await step;
    } catch (thrown) {
      const fault = faultFromTransportError(thrown, this.#host, this.#endedBy);
      this.#controller.abort();
      this.#release();
      throw fault;
    }
  }

  /** Waits for the last step, after which nothing is left of the request; its connection may serve another. */
  async finish<T>(step: Promise<T>): Promise<T> {
    const result = await this.guard(step);
    this.#release();
    return result;
  }

  /** Ends it and its connection at once. */
  end(by: EndedBy): void {
    this.#endedBy ??= by;
    this.#controller.abort();
    this.#release();
  }

  #release(): void {
    this.pause();
    this.#outer.removeEventListener('abort', this.#onOuterAbort);
    this.#over.resolve();
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError';
}
