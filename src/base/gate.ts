// A gate lets a bounded number of jobs run at once; the others wait in the order in which they came.

export interface Gate {
  /** Runs `job` when there is room. A caller whose signal aborts while it waits leaves the line and gets the signal's reason. */
  run<T>(signal: AbortSignal, job: () => Promise<T>): Promise<T>;
  readonly waiting: number;
  readonly running: number;
}

export function createGate(limit: number): Gate {
  const line = new Set<() => void>();
  let running = 0;

  function enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (running < limit) {
      running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        line.delete(admit);
        reject(signal.reason);
      };
      const admit = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      line.add(admit);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** The place passes on to the next in line, so that `running` never dips in between. */
  function exit(): void {
    const next = line.values().next();
    if (next.done) {
      running -= 1;
      return;
    }
    line.delete(next.value);
    next.value();
  }

  return {
    async run(signal, job) {
      await enter(signal);
      try {
        return await job();
      } finally {
        exit();
      }
    },
    get waiting() {
      return line.size;
    },
    get running() {
      return running;
    },
  };
}
