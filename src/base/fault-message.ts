// A Fault on its way between threads, which copy data and no classes.
import { Fault, type FaultCode, faultFromUnknown } from './fault.ts';

export interface FaultMessage {
  readonly code: FaultCode;
  readonly message: string;
  readonly limit?: string;
  readonly retryAtMs?: number;
  /** For the log. */
  readonly cause?: string;
}

export function messageFromThrown(thrown: unknown): FaultMessage {
  const { code, message, limit, retryAtMs, cause } = faultFromUnknown(thrown);
  return {
    code,
    message,
    ...(limit === undefined ? {} : { limit }),
    ...(retryAtMs === undefined ? {} : { retryAtMs }),
    ...(cause === undefined ? {} : { cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) }),
  };
}

export function faultFromMessage({ code, message, cause, ...options }: FaultMessage): Fault {
  return new Fault(code, message, { ...options, ...(cause === undefined ? {} : { cause: new Error(cause) }) });
}
