// The log: JSON lines by pino, with faults written as codes and causes.
import { destination, type Logger, pino } from 'pino';
import { Fault } from '../base/fault.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Fields never hold credentials, nor any part of a detected secret; `err` may hold whatever was thrown. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A log whose every line has these fields first; they are written out once. */
  child(fields: LogFields): Log;
}

/** Where lines go; each ends in a line end. */
export interface LogWriter {
  write(line: string): void;
}

export function createLog(options: { readonly level: LogLevel; readonly writer: LogWriter }): Log {
  const log: Logger = pino(
    {
      level: options.level,
      // Process id and host name say nothing that the pod's name does not.
      base: null,
      timestamp: createTimestamp(),
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeThrown },
    },
    options.writer,
  );
  return log;
}

/** `,"time":"…"` in RFC 3339 with milliseconds; lines of one millisecond, as those of one decision, share the text. */
function createTimestamp(): () => string {
  let lastMs = Number.NaN;
  let text = '';
  return () => {
    const nowMs = Date.now();
    if (nowMs !== lastMs) {
      lastMs = nowMs;
      text = `,"time":"${new Date(nowMs).toISOString()}"`;
    }
    return text;
  };
}

/** Lines are written together: a system call for each would cost more than judging does. UTF-16 units. */
const bufferLength = 16_384;

/** How long a line may wait for company. */
const flushEveryMs = 200;

export interface BufferedLogWriter extends LogWriter {
  /** Writes out what is buffered; for the end of the process. */
  flush(): void;
}

/** Writes to a file descriptor (1 is standard output), synchronously, so that lines never pile up in memory. */
export function createLogWriter(fileDescriptor: number): BufferedLogWriter {
  const output = destination({ dest: fileDescriptor, sync: true });
  // The reader of the log went away; the service goes on.
  output.on('error', () => undefined);
  let lines: string[] = [];
  let length = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (length > 0) output.write(lines.join(''));
    lines = [];
    length = 0;
  };
  return {
    write(line) {
      lines.push(line);
      length += line.length;
      if (length >= bufferLength) flush();
      else timer ??= setTimeout(flush, flushEveryMs).unref();
    },
    flush() {
      flush();
      output.flushSync();
    },
  };
}

/** The causes of a fault are told this deep. */
const maxCauses = 4;

/** Names, codes and messages down the causes; the stack only of what is a bug, because faults are not. */
function describeThrown(thrown: unknown): Readonly<Record<string, unknown>> {
  const causes: string[] = [];
  let cause = thrown instanceof Error ? thrown.cause : undefined;
  while (cause instanceof Error && causes.length < maxCauses) {
    causes.push(`${cause.name}: ${cause.message}`);
    cause = cause.cause;
  }
  const bug = thrown instanceof Fault ? (thrown.code === 'internal' ? thrown.cause : undefined) : thrown;
  return {
    ...(thrown instanceof Fault ? { code: thrown.code } : {}),
    ...(thrown instanceof Fault && thrown.limit !== undefined ? { limit: thrown.limit } : {}),
    message: thrown instanceof Error ? thrown.message : String(thrown),
    ...(causes.length > 0 ? { causes } : {}),
    ...(bug instanceof Error ? { stack: bug.stack } : {}),
  };
}
