// The keyring of a person or a service with docker or podman configurations: files in order, helpers before what lies in the file.
import { LRUCache } from 'lru-cache';
import { faultFromUnknown } from '../base/fault.ts';
import { createSingleFlight } from '../base/single-flight.ts';
import type { Credential, Keyring } from '../inspection/image-source.ts';
import type { ImageReference } from '../oci/reference.ts';
import { askCredentialHelper, type RunHelper } from './credential-helper.ts';
import { type DockerAuth, type DockerConfig, parseDockerConfig } from './docker-config.ts';
import type { RegistryLog } from './registry-log.ts';

interface DockerConfigText {
  readonly text: string;
  /** Named in messages and as the credential's source: `/home/user/.docker/config.json`. */
  readonly source: string;
}

export interface DockerKeyringOptions {
  /** In the order in which they are asked: docker's, then podman's. */
  readonly configs: readonly DockerConfigText[];
  readonly grant: Credential['grant'];
  readonly runHelper: RunHelper;
  readonly log: RegistryLog;
  /** Milliseconds. */
  readonly now: () => number;
}

/** What a helper said is used this long: they start a process each, and some ask a cloud. */
const helperAnswerMs = 60_000;

/** Helpers that hang must not hold up a shared lookup for ever. */
const helperDeadlineMs = 10_000;

/** A helper that failed is not asked again at once, so that one that hangs does not hold up every image. */
const helperFailureMs = 10_000;

const maxHelperAnswers = 1_000;

/** Under these names `docker login` and people file Docker Hub. */
const hubServer = 'https://index.docker.io/v1/';
const hubKeys = [hubServer, 'index.docker.io', 'docker.io'];

interface ReadConfig extends DockerConfig {
  readonly source: string;
}

/** @throws Fault `document/invalid` for a text that is no configuration. Helpers that fail are logged, and the next place is asked. */
export function createDockerKeyring(options: DockerKeyringOptions): Keyring {
  const { grant, runHelper, log, now } = options;
  const configs: readonly ReadConfig[] = options.configs.map(({ text, source }) => ({
    ...parseDockerConfig(text, source),
    source,
  }));
  const answers = new LRUCache<string, { readonly login: Credential['login'] | undefined; readonly untilMs: number }>({
    max: maxHelperAnswers,
  });
  const flights = createSingleFlight<Credential['login'] | undefined>({ deadlineMs: helperDeadlineMs });

  async function askHelper(
    name: string,
    server: string,
    signal: AbortSignal,
  ): Promise<Credential['login'] | undefined> {
    const key = `${name} ${server}`;
    const known = answers.get(key);
    if (known !== undefined && known.untilMs > now()) return known.login;
    try {
      const login = await flights.run(key, signal, (shared) => askCredentialHelper(name, server, runHelper, shared));
      answers.set(key, { login, untilMs: now() + helperAnswerMs });
      return login;
    } catch (thrown) {
      signal.throwIfAborted();
      answers.set(key, { login: undefined, untilMs: now() + helperFailureMs });
      log.warn('a credential helper could not be used', { server, reason: faultFromUnknown(thrown).message });
      return undefined;
    }
  }

  async function fromHelpers(config: ReadConfig, host: string, signal: AbortSignal): Promise<readonly Credential[]> {
    const name = helperOf(config, host);
    const login = name === undefined ? undefined : await askHelper(name, keysOf(host)[0] ?? host, signal);
    return login === undefined ? [] : [{ source: `${config.source} (helper ${name})`, grant, login }];
  }

  function fromFile({ auths, source }: ReadConfig, reference: ImageReference): readonly Credential[] {
    return authsFor(auths, reference).flatMap((auth) => credentialsOf(auth, source, grant));
  }

  return {
    async lookup(reference, signal) {
      const found: Credential[] = [];
      for (const config of configs) {
        found.push(...(await fromHelpers(config, reference.host, signal)), ...fromFile(config, reference));
      }
      return found;
    },
    atHand(reference) {
      if (configs.some((config) => helperOf(config, reference.host) !== undefined)) return undefined;
      return configs.flatMap((config) => fromFile(config, reference));
    },
  };
}

/** The name of the helper that is asked for the credentials of a host, if one is. */
function helperOf({ credHelpers, credsStore }: ReadConfig, host: string): string | undefined {
  const named = keysOf(host).find((key) => credHelpers.has(key));
  return named === undefined ? credsStore : credHelpers.get(named);
}

function keysOf(host: string): readonly string[] {
  return host === 'docker.io' ? hubKeys : [host, `https://${host}`];
}

/** Entries whose key is the image's host or a path above it, the longest first (containers-auth.json(5)). */
function authsFor(auths: readonly DockerAuth[], reference: ImageReference): readonly DockerAuth[] {
  const names = [reference.host, ...(reference.host === 'docker.io' ? ['index.docker.io'] : [])];
  const matching = auths
    .map((auth) => ({ auth, key: bareKey(auth.key) }))
    .filter(({ key }) => names.some((host) => `${host}/${reference.repository}/`.startsWith(`${key}/`)));
  return matching.toSorted((one, other) => other.key.length - one.key.length).map(({ auth }) => auth);
}

/** Without scheme, API version and trailing slash. */
function bareKey(key: string): string {
  return key
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/+$/, '');
}

function credentialsOf(auth: DockerAuth, source: string, grant: Credential['grant']): readonly Credential[] {
  const { username = '', password = '', identityToken, registryToken } = auth;
  const logins: Credential['login'][] = [
    ...(registryToken === undefined ? [] : [{ kind: 'registry-token' as const, token: registryToken }]),
    ...(identityToken === undefined ? [] : [{ kind: 'identity-token' as const, token: identityToken }]),
    // `docker login` files an identity token with a user name and no password.
    ...(password === '' ? [] : [{ kind: 'password' as const, username, password }]),
  ];
  return logins.map((login) => ({ source, grant, login }));
}
