// Reads the body of a request within its limits, without ever holding more than they allow.
import type { IncomingMessage } from 'node:http';
import type { Place } from './intake.ts';

export type Body =
  | { readonly kind: 'text'; readonly text: string }
  /** Larger than a review can be. */
  | { readonly kind: 'too-large' }
  /** All bodies together would be more than the service holds. */
  | { readonly kind: 'no-room' }
  /** The deadline passed, or the client left, before all of it was there. */
  | { readonly kind: 'incomplete' };

export interface BodyOptions {
  readonly maxBytes: number;
  readonly place: Place;
  readonly signal: AbortSignal;
}

/** Never rejects. What is left of a refused body is thrown away by Node as it comes, so that the client can read the answer. */
export function readBody(request: IncomingMessage, { maxBytes, place, signal }: BodyOptions): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (body: Body): void => {
      request.off('data', take).off('end', complete).off('close', fail).off('error', fail);
      signal.removeEventListener('abort', fail);
      resolve(body);
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > maxBytes) stop({ kind: 'too-large' });
      else if (!place.book(chunk.length)) stop({ kind: 'no-room' });
      else chunks.push(chunk);
    };
    const stop = (body: Body): void => {
      finish(body);
      // An error of a stream that nobody reads any longer is nobody's business, and must not end the process.
      request.on('error', () => undefined).resume();
    };
    const complete = (): void => finish({ kind: 'text', text: textOf(chunks) });
    const fail = (): void => stop({ kind: 'incomplete' });
    request.on('data', take).on('end', complete).on('close', fail).on('error', fail);
    signal.addEventListener('abort', fail, { once: true });
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first.toString('utf8') : Buffer.concat(chunks).toString('utf8');
}
