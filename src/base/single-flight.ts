// Single flight: callers who ask for the same thing at the same time share one piece of work.

export interface SingleFlight<T> {
  /**
   * Joins the work under `key`, or starts it. The work has its own signal: it ends when its deadline passes or when every caller has left,
   * never because one of several left. A caller whose own signal aborts gets that signal's reason at once.
   */
  run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface SingleFlightOptions {
  /** How long one piece of work may take, whoever waits for it. Milliseconds. */
  readonly deadlineMs: number;
}

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  callers: number;
}

export function createSingleFlight<T>({ deadlineMs }: SingleFlightOptions): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();

  function start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(deadlineMs)]);
    const result = work(signal).finally(() => {
      if (flights.get(key) === flight) flights.delete(key);
    });
    // Every caller may have left by the time it fails; their own promises carry the failure.
    result.catch(() => undefined);
    const flight: Flight<T> = { result, controller, callers: 0 };
    flights.set(key, flight);
    return flight;
  }

  return {
    run(key, signal, work) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const flight = flights.get(key) ?? start(key, work);
      flight.callers += 1;
      return new Promise<T>((resolve, reject) => {
        const leave = (): void => {
          reject(signal.reason);
          flight.callers -= 1;
          if (flight.callers > 0) return;
          // Nobody waits any longer: later callers must not join work that is being given up.
          if (flights.get(key) === flight) flights.delete(key);
          flight.controller.abort(new DOMException('nobody waits for this any longer', 'AbortError'));
        };
        signal.addEventListener('abort', leave, { once: true });
        flight.result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
      });
    },
  };
}
