// A docker or podman configuration as data: what it says about logging in to registries.
import { Fault } from '../base/fault.ts';

/** One entry of `auths`. Entries that say nothing are left out. */
export interface DockerAuth {
  /** As written: `https://index.docker.io/v1/`, `registry.example.com/team`. */
  readonly key: string;
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

export interface DockerConfig {
  readonly auths: readonly DockerAuth[];
  /** Helper names by host. */
  readonly credHelpers: ReadonlyMap<string, string>;
  readonly credsStore?: string;
}

/**
 * Reads `config.json`, podman's `auth.json`, or a pull secret. `auth` wins over `username` and `password`, and is split at its first colon.
 * @throws Fault `document/invalid` naming `source`; nothing of the text is in it, because the text holds passwords.
 */
export function parseDockerConfig(text: string, source: string): DockerConfig {
  const document = parseJson(text, source);
  const credsStore = document['credsStore'];
  return {
    auths: entriesOf(document['auths'], source).flatMap(([key, entry]) => authFrom(key, entry)),
    credHelpers: new Map(
      entriesOf(document['credHelpers'], source).flatMap(([host, name]) =>
        typeof name === 'string' ? [[host, name] as const] : [],
      ),
    ),
    ...(typeof credsStore === 'string' && credsStore !== '' ? { credsStore } : {}),
  };
}

type JsonFields = Readonly<Record<string, unknown>>;

/** Plain JSON, the last of two equal keys winning, as in every program that reads this file. */
function parseJson(text: string, source: string): JsonFields {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw invalid(source);
  }
  if (!isFields(document)) throw invalid(source);
  return document;
}

function entriesOf(value: unknown, source: string): readonly (readonly [string, unknown])[] {
  if (value === undefined || value === null) return [];
  if (!isFields(value)) throw invalid(source);
  return Object.entries(value);
}

function authFrom(key: string, entry: unknown): readonly DockerAuth[] {
  if (!isFields(entry)) return [];
  const login = loginFrom(textOf(entry, 'auth')) ?? {
    username: textOf(entry, 'username'),
    password: textOf(entry, 'password'),
  };
  const fields = {
    ...login,
    identityToken: textOf(entry, 'identitytoken'),
    registryToken: textOf(entry, 'registrytoken'),
  };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return given.length === 0 ? [] : [{ key, ...Object.fromEntries(given) }];
}

/** Base64 with or without padding, and with the line end that `base64` and `echo` leave behind. */
function loginFrom(auth: string | undefined): { readonly username: string; readonly password: string } | undefined {
  const encoded = auth?.trim() ?? '';
  if (encoded === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const login = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = login.indexOf(':');
  if (colon === -1) return undefined;
  return { username: login.slice(0, colon), password: login.slice(colon + 1).replace(/\0+$/, '') };
}

function textOf(entry: JsonFields, name: string): string | undefined {
  const value = entry[name];
  return typeof value === 'string' ? value : undefined;
}

function isFields(value: unknown): value is JsonFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(source: string): Fault {
  return new Fault('document/invalid', `${source} is not a docker configuration (a JSON object with "auths")`);
}
