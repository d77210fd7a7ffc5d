// What the registry client is told: the configuration, the proxies of the environment, and who is asking.
import type { Configuration } from '../files/configuration.ts';
import type { ProxySettings, RegistrySettings } from '../registry/settings.ts';
import { engineVersion } from './engine-version.ts';
import type { Environment } from './environment.ts';

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
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
  };
}
