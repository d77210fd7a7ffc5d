// The one deadline of a review: how much of the API server's patience may be used, and the signal that ends every wait.
import { LRUCache } from 'lru-cache';
import { parseDuration } from '../base/duration.ts';

/** What the API server waits when a webhook registration does not say (`timeoutSeconds`). */
const defaultTimeoutMs = 10_000;

/** The largest `timeoutSeconds` that a registration may have; a caller who asks for more is no API server. */
const maxTimeoutMs = 30_000;

/** Kept back for the way there and back: the larger of this and a tenth. */
const reserveMs = 500;

/**
 * How long an answer may take, from the `timeout` query parameter in Go's duration syntax (absent or unreadable: 10 s).
 * It is the timeout less the larger of 500 ms and 10 %, and never less than half of it.
 */
export function budgetFromTimeout(timeout: string | undefined): number {
  const timeoutMs = Math.min(readTimeout(timeout ?? ''), maxTimeoutMs);
  return Math.max(timeoutMs - Math.max(reserveMs, timeoutMs / 10), timeoutMs / 2);
}

/** The same from the URL that a review was sent to; a `timeout` that is given twice counts as absent. */
export function budgetFromUrl(url: string): number {
  return budgets.memo(url);
}

/** Every registration asks with one URL, and there are few registrations. */
const budgets = new LRUCache<string, number>({
  max: 20,
  memoMethod: (url) => {
    const [, query = ''] = url.split('?', 2);
    const [timeout, ...more] = new URLSearchParams(query).getAll('timeout');
    return budgetFromTimeout(more.length === 0 ? timeout : undefined);
  },
});

function readTimeout(timeout: string): number {
  try {
    const milliseconds = parseDuration(timeout);
    return milliseconds > 0 ? milliseconds : defaultTimeoutMs;
  } catch {
    return defaultTimeoutMs;
  }
}

export interface Deadline {
  /** All the time there was at the start. */
  readonly budgetMs: number;
  /** Aborts with a TimeoutError when the budget is used up, with an AbortError when the caller has left. */
  readonly signal: AbortSignal;
  /** The caller has left: nobody needs an answer any longer. */
  abandon(): void;
  /** The answer is there; the timer must not outlive it. */
  end(): void;
}

export function startDeadline(budgetMs: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException('the deadline passed', 'TimeoutError')), budgetMs);
  return {
    budgetMs,
    signal: controller.signal,
    abandon() {
      clearTimeout(timer);
      controller.abort(new DOMException('the caller left', 'AbortError'));
    },
    end: () => clearTimeout(timer),
  };
}

/** The value of `work`, or of `otherwise` when that takes longer than `waitMs`. A failure of either is passed on. */
export function settleWithin<T>(work: Promise<T>, waitMs: number, otherwise: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      try {
        resolve(otherwise());
      } catch (thrown) {
        reject(thrown);
      }
    };
    const timer = setTimeout(giveUp, waitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * The value of `work`, or of `otherwise` when `signal` has aborted and `graceMs` more have passed without it.
 * For work that should heed the signal by itself, and for the day on which it does not. A failure of `work` is passed on.
 */
export function settleBy<T>(work: Promise<T>, signal: AbortSignal, graceMs: number, otherwise: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => void settleWithin(work, graceMs, otherwise).then(resolve, reject);
    const leave = (): void => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).then(leave);
  });
}
