// What an HTTP status of a registry means, with the registry's own reason made safe to show.
import { Fault, type FaultCode } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { repeatsCredential } from './echo.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { Reply } from './transport.ts';

export interface FailureContext {
  /** What was asked for, as a noun phrase: `shop/api:1.4`. */
  readonly what: string;
  readonly nowMs: number;
  readonly maxErrorBytes: number;
}

/** Statuses that pass by themselves (422 and others do not); 499 and 522 come from load balancers in front of registries. */
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429, 499]);

/** Longest reason that is passed on. */
const maxReasonLength = 200;

/** Whether asking again later can help. */
export function isPassingStatus(status: number): boolean {
  return status >= 500 || passingStatuses.has(status);
}

/** Reads what is left of the reply for its reason and makes the Fault; never throws for a body that cannot be read. */
export async function faultFromReply(reply: Reply, context: FailureContext): Promise<Fault> {
  const reason = await reasonFrom(reply, context.maxErrorBytes);
  const because = reason === undefined ? '' : `: ${reason}`;
  const code = codeOfStatus(reply.status);
  const retryAtMs = parseRetryAfter(reply.header('retry-after'), context.nowMs);
  return new Fault(code, `${sentence(code, reply, context.what)}${because}`, {
    ...(retryAtMs === undefined || !isPassingStatus(reply.status) ? {} : { retryAtMs }),
  });
}

function codeOfStatus(status: number): FaultCode {
  switch (status) {
    case 401:
    case 402:
    case 403:
    case 412: // Harbor, for an image that its own gate blocks.
    case 451:
      return 'registry/unauthorized';
    case 404:
    case 410:
      return 'registry/not-found';
    case 429:
      return 'registry/rate-limited';
    default:
      return isPassingStatus(status) ? 'registry/server-error' : 'registry/protocol';
  }
}

function sentence(code: FaultCode, reply: Reply, what: string): string {
  const host = reply.request.url.host;
  if (code === 'registry/unauthorized') return `${host} refuses ${what} (HTTP ${reply.status})`;
  if (code === 'registry/not-found') return `${host} has no ${what}`;
  if (code === 'registry/rate-limited') return `${host} limits the rate of requests`;
  if (code === 'registry/server-error') return `${host} failed (HTTP ${reply.status}) when asked for ${what}`;
  return `${host} gave an unexpected answer (HTTP ${reply.status}) when asked for ${what}`;
}

async function reasonFrom(reply: Reply, maxBytes: number): Promise<string | undefined> {
  try {
    const bytes = await reply.read({ maxBytes, tooLong: () => new Fault('limit', 'the error body is too long') });
    const text = reasonFromBody(Buffer.from(bytes).toString('utf8'));
    if (text === undefined || repeatsCredential(text, reply.request)) return undefined;
    return printable(text, maxReasonLength);
  } catch {
    return undefined;
  }
}

/** The first error of the distribution API's form, else the beginning of plain text; markup says nothing to anyone. */
function reasonFromBody(text: string): string | undefined {
  const first = firstError(text);
  if (first !== undefined) return first;
  const plain = text.trim();
  return plain === '' || /^[<{[]/.test(plain) ? undefined : plain;
}

function firstError(text: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  const errors = member(document, 'errors');
  const error: unknown = Array.isArray(errors) ? errors[0] : document;
  const parts = [member(error, 'code'), member(error, 'message') ?? member(error, 'details')];
  const said = parts.filter((part): part is string => typeof part === 'string' && part !== '');
  return said.length === 0 ? undefined : said.join(': ');
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
