// The log: JSON lines by pino, with faults written as codes and causes.
import { type Logger, pino } from 'pino';
import { Fault } from '../base/fault.ts';
import type { LogWriter } from './log-writer.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Fields never hold credentials, nor any part of a detected secret; `err` may hold whatever was thrown. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
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

/** `,"time":"…"` in RFC 3339 with milliseconds; lines of one millisecond share the text. */
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
