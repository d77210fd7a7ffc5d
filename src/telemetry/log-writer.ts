// Writes lines to a file descriptor in large pieces and in the background, so that no reader of the log can hold up a review.
import { write } from 'node:fs';

/** Where lines go; each ends in a line end. */
export interface LogWriter {
  write(line: string): void;
}

export interface BufferedLogWriter extends LogWriter {
  /**
   * Writes out what waits, and resolves when it is written, or is given up because it has not been taken for a while. For the end of the
   * process, which must not wait for a reader that takes nothing.
   */
  flush(): Promise<void>;
}

export interface LogWriterOptions {
  /** UTF-16 units that may wait for a reader that does not read; lines beyond them are dropped and counted. */
  readonly maxWaiting?: number;
}

/** A system call for each line, and waking a thread for it, would cost more than judging does. UTF-16 units. */
const pieceLength = 65_536;

/** How long a line may wait for company. */
const flushEveryMs = 200;

/** Some seconds of lines under load. */
const defaultMaxWaiting = 8 * 1024 * 1024;

/** The end does not wait longer than this for a reader that takes nothing. */
const flushPatienceMs = 1_000;

/** A descriptor that does not block says so when its reader is behind; then it is asked again. */
const retryMs = 20;

/** @param fileDescriptor 1 is standard output. Failures are nobody's business: the reader went away, the service goes on. */
export function createLogWriter(fileDescriptor: number, options: LogWriterOptions = {}): BufferedLogWriter {
  const { maxWaiting = defaultMaxWaiting } = options;
  let waiting: string[] = [];
  let waitingLength = 0;
  let dropped = 0;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new AbortController();

  function writeOut(): void {
    clearTimeout(timer);
    timer = undefined;
    if (writing !== undefined || waiting.length === 0) return;
    const piece = Buffer.from(waiting.join('') + droppedLine());
    waiting = [];
    waitingLength = 0;
    writing = writeAll(fileDescriptor, piece, givenUp.signal).then(() => {
      writing = undefined;
      if (waitingLength >= pieceLength) writeOut();
      else if (waitingLength > 0) timer ??= setTimeout(writeOut, flushEveryMs);
    });
  }

  function droppedLine(): string {
    if (dropped === 0) return '';
    const fields = { level: 'warn', time: new Date().toISOString(), dropped, msg: 'lines of the log were dropped' };
    dropped = 0;
    return `${JSON.stringify(fields)}\n`;
  }

  return {
    write(line) {
      if (waitingLength + line.length > maxWaiting) {
        dropped += 1;
        return;
      }
      waiting.push(line);
      waitingLength += line.length;
      if (waitingLength >= pieceLength) writeOut();
      else timer ??= setTimeout(writeOut, flushEveryMs);
    },
    async flush() {
      const patience = Promise.withResolvers<void>();
      const end = setTimeout(patience.resolve, flushPatienceMs);
      const rest = async (): Promise<void> => {
        while (!givenUp.signal.aborted && (writing !== undefined || waiting.length > 0)) {
          writeOut();
          await writing;
        }
      };
      await Promise.race([rest(), patience.promise]);
      givenUp.abort();
      clearTimeout(end);
      clearTimeout(timer);
    },
  };
}

/** Resolves when all of it is written, cannot be, or is given up. */
function writeAll(fileDescriptor: number, piece: Buffer, givenUp: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const next = (rest: Buffer): void => {
      if (givenUp.aborted) {
        resolve();
        return;
      }
      write(fileDescriptor, rest, (failure, written) => {
        if (failure?.code === 'EAGAIN') setTimeout(next, retryMs, rest);
        else if (failure !== null || written === rest.length) resolve();
        else next(rest.subarray(written));
      });
    };
    next(piece);
  });
}
