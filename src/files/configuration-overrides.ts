// Flags of the command line over the configuration: what is given as a flag outranks the file.
import { Fault } from '../base/fault.ts';
import type { Configuration } from './configuration.ts';
import { parseListenAddress } from './listen-address.ts';

export interface ConfigurationOverrides {
  readonly policies?: readonly string[];
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecureHttp?: boolean;
  readonly clientCa?: string;
  readonly probeListen?: string;
  readonly dataDir?: string;
}

/** @throws Fault `usage` for flags that do not go together, `document/invalid` for an address that is none. */
export function withOverrides(configuration: Configuration, overrides: ConfigurationOverrides): Configuration {
  const { policies, listen, probeListen, dataDir, insecureHttp } = overrides;
  const { tls: _, ...server } = configuration.server;
  return {
    ...configuration,
    server: {
      ...server,
      insecureHttp: insecureHttp ?? server.insecureHttp,
      ...(listen === undefined ? {} : { listen: parseListenAddress(listen) }),
      ...(probeListen === undefined ? {} : { probeListen: parseListenAddress(probeListen) }),
      ...tlsFrom(configuration, overrides),
    },
    ...(policies === undefined ? {} : { policies: { ...configuration.policies, paths: policies } }),
    ...(dataDir === undefined ? {} : { dataDirectory: dataDir }),
  };
}

function tlsFrom(
  { server }: Configuration,
  { tlsCert, tlsKey, clientCa, insecureHttp }: ConfigurationOverrides,
): Pick<Configuration['server'], 'tls'> {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new Fault('usage', '--tls-cert and --tls-key go together');
  if (insecureHttp === true) return {};
  const files =
    tlsCert === undefined || tlsKey === undefined ? server.tls : { ...server.tls, certFile: tlsCert, keyFile: tlsKey };
  if (files === undefined) {
    if (clientCa !== undefined) throw new Fault('usage', '--client-ca needs a certificate to serve');
    return {};
  }
  return { tls: clientCa === undefined ? files : { ...files, clientCaFile: clientCa } };
}
