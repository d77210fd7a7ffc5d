// Where a port is opened, as it is written in flags and in the configuration: `host:port`.
import { Fault } from '../base/fault.ts';
import { printable } from '../base/printable.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

const written = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/;

/** @throws Fault `document/invalid`. */
export function parseListenAddress(text: string): ListenAddress {
  const [, address, name, port] = written.exec(text) ?? [];
  const host = address ?? name;
  if (host === undefined || Number(port) > 65_535) {
    throw new Fault(
      'document/invalid',
      `${JSON.stringify(printable(text))} is no place to listen; write for example 0.0.0.0:8443 or [::]:8443`,
    );
  }
  return { host, port: Number(port) };
}
