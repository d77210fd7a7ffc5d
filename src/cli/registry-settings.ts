// What the registry client is told: the configuration, the proxies of the environment, and who is asking.
import { Fault } from '../base/fault.ts';
import type { Configuration } from '../files/configuration.ts';
import type { ProxySettings, RegistrySettings } from '../registry/settings.ts';
import { engineVersion } from './engine-version.ts';
import type { Environment } from './environment.ts';

/** @throws Fault `usage` for a proxy that cannot be one. */
export function registrySettings(
  configuration: Configuration,
  environment: Environment,
  address: Pick<RegistrySettings, 'allowLoopback' | 'refuseAddresses'>,
): RegistrySettings {
  const { registries, limits, lastKnown } = configuration;
  return {
    ...address,
    registries,
    limits: limits.network,
    documentLimits: limits.documents,
    proxy: proxySettings(environment),
    lastKnownMaxAgeMs: lastKnown.maxAgeMs,
    userAgent: `tidewaiter/${engineVersion}`,
  };
}

function proxySettings({ httpProxy, httpsProxy, noProxy }: Environment): ProxySettings {
  return {
    ...(httpProxy === undefined ? {} : { httpProxy: proxyNamed('HTTP_PROXY', httpProxy) }),
    ...(httpsProxy === undefined ? {} : { httpsProxy: proxyNamed('HTTPS_PROXY', httpsProxy) }),
    ...(noProxy === undefined ? {} : { noProxy }),
  };
}

/** The value may hold a password, so it is not told. @throws Fault `usage`. */
function proxyNamed(variable: string, value: string): string {
  const url = value.includes('://') ? value : `http://${value}`;
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return url;
  throw new Fault('usage', `${variable} names no proxy of HTTP; write http://host:port`);
}
