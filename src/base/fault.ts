// The one error type of the program: what went wrong as a code from a closed list, with its cause kept for the log.

/**
 * Every way in which the outside world, a document or a caller can be at fault.
 * Anything thrown that is not a Fault is a bug. Tests compare codes, never texts.
 */
export type FaultCode =
  // What a caller or an author wrote.
  | 'usage'
  | 'document/invalid'
  | 'reference/invalid'
  | 'digest/unsupported'
  // Bytes or documents that contradict themselves or their descriptor.
  | 'integrity/digest'
  | 'integrity/size'
  | 'integrity/diff-id'
  | 'integrity/ambiguous'
  | 'integrity/media-type'
  | 'integrity/schema1'
  | 'image/malformed'
  // An image that is whole, and still cannot be judged.
  | 'image/not-an-image'
  | 'image/unsupported'
  | 'image/no-platform'
  | 'image/pending'
  | 'limit'
  // The registry, and the way to it.
  | 'registry/unreachable'
  | 'registry/timeout'
  | 'registry/tls'
  | 'registry/server-error'
  | 'registry/rate-limited'
  | 'registry/circuit-open'
  | 'registry/protocol'
  | 'registry/address-refused'
  | 'registry/redirect-refused'
  | 'registry/realm-refused'
  | 'registry/unauthorized'
  | 'registry/not-found'
  // The API server.
  | 'kubernetes/unavailable'
  | 'kubernetes/forbidden'
  // The one who asked went away, or the deadline passed.
  | 'cancelled'
  | 'internal';

export interface FaultOptions {
  readonly cause?: unknown;
  /** The named limit that was reached (code `limit`), for the message and for the setting that raises it. */
  readonly limit?: string;
  /** Earliest instant, in milliseconds since the epoch, at which asking again makes sense. */
  readonly retryAtMs?: number;
}

/** A problem with a code. The message is one short sentence that may be shown to anyone; `cause` is for the log only. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly limit: string | undefined;
  readonly retryAtMs: number | undefined;

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.limit = options.limit;
    this.retryAtMs = options.retryAtMs;
  }
}

/** Turns whatever was thrown into a Fault: a Fault stays itself, an abort becomes `cancelled`, all else is a bug (`internal`). */
export function faultFromUnknown(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  if (thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError')) {
    return new Fault('cancelled', 'the deadline passed before an answer was there', { cause: thrown });
  }
  return new Fault('internal', 'an internal error occurred', { cause: thrown });
}
