// Reads a token server's answer: the token, until when it holds, and a rotated refresh token.
import { Fault } from '../base/fault.ts';
import type { NetworkLimits } from './settings.ts';

export interface Token {
  readonly value: string;
  readonly obtainedAtMs: number;
  /** When it must be renewed: its end, less the skew. */
  readonly renewAtMs: number;
  readonly refreshToken?: string;
}

/** What may stand in an `Authorization` header; everything else would be an injection. */
const headerSafe = /^[\x21-\x7e]+$/;

/**
 * `access_token` wins over `token`. Lifetimes outside floor and ceiling are moved to them; an `issued_at` that is absent, in the future
 * or already over by this clock counts as now (docker token specification; clocks of token servers differ).
 * @throws Fault `registry/protocol` without a usable token.
 */
export function parseTokenAnswer(bytes: Uint8Array, nowMs: number, limits: NetworkLimits): Token {
  const answer = parseObject(bytes);
  const value = [answer['access_token'], answer['token']].find((one) => typeof one === 'string' && one !== '');
  if (typeof value !== 'string' || !headerSafe.test(value)) {
    throw new Fault('registry/protocol', 'the token server answered without a usable token');
  }
  const seconds = Number(answer['expires_in'] ?? 0);
  const wishedMs = Number.isFinite(seconds) ? seconds * 1000 : 0;
  const lifetimeMs = Math.min(Math.max(wishedMs, limits.tokenFloorMs), limits.tokenCeilingMs);
  const issuedAtMs = typeof answer['issued_at'] === 'string' ? Date.parse(answer['issued_at']) : Number.NaN;
  const isPlausible = issuedAtMs <= nowMs && issuedAtMs + lifetimeMs > nowMs;
  const refreshToken = answer['refresh_token'];
  return {
    value,
    obtainedAtMs: nowMs,
    renewAtMs: (isPlausible ? issuedAtMs : nowMs) + lifetimeMs - limits.tokenSkewMs,
    ...(typeof refreshToken === 'string' && refreshToken !== '' ? { refreshToken } : {}),
  };
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Fault('registry/protocol', 'the token server answered with something that is not JSON', { cause });
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new Fault('registry/protocol', 'the token server answered with something that is not a JSON object');
  }
  return Object.assign(Object.create(null), document);
}
