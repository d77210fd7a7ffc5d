// The `registries` of the configuration: each entry checked beyond what a schema can say.
import type { FieldPath } from '../base/document.ts';
import { Fault } from '../base/fault.ts';
import { parseReference } from '../oci/reference.ts';
import { isAddressRange } from '../registry/address-rule.ts';
import type { MirrorSetting, RegistryEntry } from '../registry/settings.ts';
import type { SettingsReader } from './settings-reader.ts';

/** Reads a path to a file and makes it absolute. */
export type ReadPath = (...path: FieldPath) => string | undefined;

const hostAndPort = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?$/;

/** Every entry that has a match; problems go to the reader. */
export function registryEntriesFrom(reader: SettingsReader, file: ReadPath): readonly RegistryEntry[] {
  const seen = new Set<string>();
  return Array.from({ length: reader.count('registries') }, (_, index) => {
    const path = ['registries', index] as const;
    const match = reader.parsed([...path, 'match'], parseMatch) ?? '';
    if (match !== '' && seen.has(match)) {
      reader.problem([...path, 'match'], 'there is already an entry for this; one entry applies, and only one');
    }
    seen.add(match);
    const plainHTTP = reader.flag(...path, 'plainHTTP');
    return {
      match,
      endpoints: endpointsFrom(reader, path),
      ...(plainHTTP === undefined ? {} : { plainHTTP }),
      ...filesOf(file, path),
      allowAddresses: checkedTexts(reader, [...path, 'allowAddresses'], isAddressRange, 'an address or CIDR range'),
      tokenRealms: checkedTexts(reader, [...path, 'tokenRealms'], (host) => hostAndPort.test(host), 'host[:port]'),
    };
  });
}

/** The files of one entry, without those that are not set. */
function filesOf(file: ReadPath, path: FieldPath) {
  const caFile = file(...path, 'caFile');
  const clientCertificateFile = file(...path, 'clientCertificateFile');
  const clientKeyFile = file(...path, 'clientKeyFile');
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(clientCertificateFile === undefined ? {} : { clientCertificateFile }),
    ...(clientKeyFile === undefined ? {} : { clientKeyFile }),
  };
}

function endpointsFrom(reader: SettingsReader, path: FieldPath): readonly MirrorSetting[] {
  return Array.from({ length: reader.count(...path, 'endpoints') }, (_, index) => {
    const endpoint = [...path, 'endpoints', index] as const;
    return {
      url: reader.parsed([...endpoint, 'url'], parseEndpointUrl) ?? '',
      resolveTags: reader.flag(...endpoint, 'resolveTags') ?? false,
    };
  });
}

function checkedTexts(
  reader: SettingsReader,
  path: FieldPath,
  isGood: (text: string) => boolean,
  wanted: string,
): readonly string[] {
  const texts = reader.texts(...path);
  texts.forEach((text, index) => {
    if (!isGood(text)) reader.problem([...path, index], `${JSON.stringify(text)} is not ${wanted}`);
  });
  return texts;
}

/** `host[:port][/path]` such that images can have it: no scheme, no tag, and the host as references spell it. */
function parseMatch(written: string): string {
  const match = written.replace(/\/+$/, '');
  const slash = match.indexOf('/');
  const host = slash === -1 ? match : match.slice(0, slash);
  if (hostInReference(match) !== host) {
    throw new Fault(
      'document/invalid',
      `${JSON.stringify(written)} matches no image; write host[:port] or host[:port]/path, such as registry.example.com:5000/team (Docker Hub is docker.io)`,
    );
  }
  return `${host.toLowerCase()}${match.slice(host.length)}`;
}

/** The host of the images below a prefix; undefined where there can be none. */
function hostInReference(prefix: string): string | undefined {
  try {
    const { host, digest } = parseReference(`${prefix}/x`);
    return digest === undefined ? host : undefined;
  } catch (thrown) {
    if (thrown instanceof Fault) return undefined;
    throw thrown;
  }
}

function parseEndpointUrl(written: string): string {
  const url = URL.parse(written);
  const isPlain = url !== null && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || !['http:', 'https:'].includes(url.protocol)) {
    throw new Fault(
      'document/invalid',
      'must be https:// or http:// with a host and no more than a path; credentials belong in credentialFiles',
    );
  }
  return written;
}
