// A registry client on loopback with a clock in the test's hand, credentials, and access made of them.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import type { Access, Credential } from '../../src/inspection/image-source.ts';
import { createRegistry, type Registry, type RegistryDeps } from '../../src/registry/registry.ts';
import {
  defaultNetworkLimits,
  defaultRegistrySettings,
  type NetworkLimits,
  type RegistrySettings,
} from '../../src/registry/settings.ts';
import { type HostileRegistry, type HostileRegistryOptions, startHostileRegistry } from './hostile-registry.ts';
import { image } from './image.ts';
import { file } from './tar.ts';

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
  return { keyring: { lookup: () => Promise.resolve(credentials), atHand: () => credentials }, signal };
}

export const nothingKnown = (): Promise<boolean> => Promise.resolve(false);
export const everythingKnown = (): Promise<boolean> => Promise.resolve(true);

/** Both in one, closed when the test ends; `name` is `host/shop/api`, where `shop/api:1` is a small image. */
export async function startRegistryAndClient(
  context: { after(close: () => Promise<void>): void },
  { login, tls, ...client }: HostileRegistryOptions & ClientOptions = {},
): Promise<{ readonly registry: HostileRegistry; readonly client: Registry; readonly name: string }> {
  const registry = await startHostileRegistry({
    ...(login === undefined ? {} : { login }),
    ...(tls === undefined ? {} : { tls }),
  });
  registry.put('shop/api', '1', smallImage);
  const source = testClient(client);
  context.after(async () => {
    source.close();
    await registry.close();
  });
  return { registry, client: source, name: `${registry.host}/shop/api` };
}

/** One layer, and a user. */
export const smallImage = image()
  .config({ User: '1000' })
  .layer([file('app', 'one')])
  .build();

/** Asserts that the promise fails with this Fault, and gives it. */
export async function faultOf(promise: Promise<unknown>, code: FaultCode): Promise<Fault> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(thrown instanceof Fault, `no Fault but ${inspect(thrown)}`);
  assert.equal(thrown.code, code, thrown.message);
  return thrown;
}
