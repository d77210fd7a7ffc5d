// Turns what sockets, TLS and HTTP parsing throw into Faults: which class of failure, with the host named and no URL.
import { Fault, type FaultCode } from '../base/fault.ts';
import { printable } from '../base/printable.ts';
import { addressRefusedCode, proxyRefusedCode } from './agents.ts';

const tlsCodes =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|EPROTO$)/;

const timeoutCodes: ReadonlySet<string> = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'ERR_TLS_HANDSHAKE_TIMEOUT']);

/** Why an exchange was ended by this program, when it was. */
export type EndedBy = 'caller' | 'deadline' | 'timeout';

/** @param thrown from node-fetch or a response body; `endedBy` says whether the end was asked for. */
export function faultFromTransportError(thrown: unknown, host: string, endedBy: EndedBy | undefined): Fault {
  if (thrown instanceof Fault) return thrown;
  if (endedBy !== undefined) return endFault(endedBy, host);
  const code = textProperty(thrown, 'code') ?? 'unknown';
  const cause = new Error(`${code}: ${reasonOf(thrown)}`);
  const make = (faultCode: FaultCode, message: string): Fault => new Fault(faultCode, message, { cause });

  if (code === addressRefusedCode) return addressRefused(host, reasonOf(thrown));
  if (code === proxyRefusedCode)
    return make('registry/unreachable', `the proxy made no connection to ${host} (${reasonOf(thrown)})`);
  if (timeoutCodes.has(code)) return make('registry/timeout', `${host} did not accept a connection in time`);
  if (tlsCodes.test(code)) return make('registry/tls', `no trusted connection to ${host}: ${tlsReason(code)}`);
  if (code.startsWith('HPE_')) return make('registry/protocol', `${host} sent something that is not HTTP (${code})`);
  if (code === 'ENOTFOUND') return make('registry/unreachable', `the host name ${host} is not known`);
  return make('registry/unreachable', `${host} could not be reached, or broke off (${printable(code, 60)})`);
}

export function addressRefused(host: string, reason: string): Fault {
  return new Fault('registry/address-refused', `${host} leads to ${reason}, which this service does not dial`);
}

function endFault(endedBy: EndedBy, host: string): Fault {
  if (endedBy === 'caller') return new Fault('cancelled', 'the deadline passed before an answer was there');
  return new Fault('registry/timeout', `${host} did not answer in time`);
}

function tlsReason(code: string): string {
  if (/SELF_SIGNED/.test(code)) return `its certificate is self-signed (${code}); set caFile for it`;
  if (/UNABLE_TO_/.test(code)) return `its certificate was issued by an unknown authority (${code}); set caFile for it`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'its certificate is for another name';
  if (/WRONG_VERSION|PACKET_LENGTH|EPROTO/.test(code)) return `it does not speak TLS (${code})`;
  return printable(code, 60);
}

/** node-fetch puts the whole URL, signed query included, before the reason; only the reason is kept. */
function reasonOf(thrown: unknown): string {
  const message = textProperty(thrown, 'message') ?? '';
  const marker = 'reason: ';
  const at = message.lastIndexOf(marker);
  return printable(at === -1 ? message.replace(/\bhttps?:\/\/\S+/g, '(url)') : message.slice(at + marker.length));
}

function textProperty(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const property: unknown = Reflect.get(value, name);
  return typeof property === 'string' ? property : undefined;
}
