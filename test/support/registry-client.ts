// A registry client on loopback with a clock in the test's hand, credentials, and access made of them.
import type { Access, Credential } from '../../src/inspection/image-source.ts';
import { createRegistry, type Registry, type RegistryDeps } from '../../src/registry/registry.ts';
import {
  defaultNetworkLimits,
  defaultRegistrySettings,
  type NetworkLimits,
  type RegistrySettings,
} from '../../src/registry/settings.ts';

export interface TestClock {
  /** Milliseconds since the epoch. */
  nowMs: number;
}

export interface ClientOptions {
  readonly settings?: Partial<RegistrySettings>;
  readonly limits?: Partial<NetworkLimits>;
  readonly deps?: Partial<RegistryDeps>;
  readonly clock?: TestClock;
}

/** Loopback is allowed unless `settings` say otherwise; pauses between tries are 1 ms. */
export function testClient({ settings, limits, deps, clock }: ClientOptions = {}): Registry {
  return createRegistry(
    {
      ...defaultRegistrySettings,
      allowLoopback: true,
      ...settings,
      limits: { ...defaultNetworkLimits, retryBaseMs: 1, ...limits },
    },
    {
      now: clock === undefined ? Date.now : () => clock.nowMs,
      readFile: (path) => Promise.reject(new Error(`no file ${path}`)),
      ...deps,
    },
  );
}

/** A user name and a password, found in `source`. */
export function passwordCredential(
  username: string,
  password: string,
  source = `secret shop/${username}`,
): Credential & { readonly login: { readonly kind: 'password' } } {
  return { source, grant: 'requester', login: { kind: 'password', username, password } };
}

/** Access with these credentials for every image. */
export function accessWith(
  credentials: readonly Credential[] = [],
  signal: AbortSignal = new AbortController().signal,
): Access {
  return { keyring: { lookup: () => Promise.resolve(credentials) }, signal };
}

export const nothingKnown = (): Promise<boolean> => Promise.resolve(false);
export const everythingKnown = (): Promise<boolean> => Promise.resolve(true);
