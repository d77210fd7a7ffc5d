// Notices that files changed: looks at them every so often, and sooner when the system hints at it.
import { type FSWatcher, watch } from 'node:fs';

export interface FileWatchOptions {
  /** Looks at the content and does what follows from it. Never runs twice at once. What it throws is a bug and ends the process. */
  readonly look: () => Promise<void>;
  /**
   * Directories whose changes are a hint, asked again after every look. Hints get lost (network file systems, `subPath` mounts, exhausted
   * watches), which costs no more than waiting for the next look.
   */
  readonly directories: () => readonly string[];
  /** Between two looks. Milliseconds. */
  readonly everyMs: number;
}

export interface FileWatch {
  /** Looks now, or once more after the look that is under way. Resolves when that look is over. */
  look(): Promise<void>;
  /** Resolves when no look is under way any more. */
  close(): Promise<void>;
}

/** Editors and the kubelet change several files in a row; one look is to see them all. Milliseconds. */
const settleMs = 200;

export function watchFiles({ look, directories, everyMs }: FileWatchOptions): FileWatch {
  const hints = new Map<string, FSWatcher>();
  let closed = false;
  let lookIsNear = false;
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<void> = Promise.resolve();

  function lookIn(ms: number): void {
    clearTimeout(timer);
    // The files alone keep no process alive.
    if (!closed) timer = setTimeout(() => void lookNow(), ms).unref();
  }

  /** The first of a row of hints sets the time; the others must not put it off for ever. */
  function hinted(): void {
    if (lookIsNear) return;
    lookIsNear = true;
    lookIn(settleMs);
  }

  function lookNow(): Promise<void> {
    last = last.then(async () => {
      if (closed) return;
      lookIsNear = false;
      await look();
      listen();
      // What was hinted at during the look may not have been seen by it.
      if (!lookIsNear) lookIn(everyMs);
    });
    return last;
  }

  /** A directory that was replaced is another one under the same name, so hints are listened to anew. */
  function listen(): void {
    stopListening();
    if (closed) return;
    for (const directory of new Set(directories())) {
      try {
        const hint = watch(directory, { persistent: false }, hinted);
        hint.on('error', () => hint.close());
        hints.set(directory, hint);
      } catch {
        // The next look comes in any case.
      }
    }
  }

  function stopListening(): void {
    for (const hint of hints.values()) hint.close();
    hints.clear();
  }

  listen();
  lookIn(everyMs);
  return {
    look: lookNow,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      stopListening();
      await last;
    },
  };
}
