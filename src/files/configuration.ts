// The configuration of the program: one YAML file, read once, checked as a whole, with every default filled in.
import { dirname, resolve } from 'node:path';
import {
  createValidator,
  type FieldPath,
  faultFromProblems,
  type Problem,
  readYamlDocuments,
  type SourceDocument,
} from '../base/document.ts';
import { defaultReadingLimits, type ReadingLimits } from '../inspection/reading-limits.ts';
import { defaultScanLimits, type ScanLimits } from '../inspection/scan-limits.ts';
import { type DocumentLimits, defaultDocumentLimits } from '../oci/limits.ts';
import { type ImageReference, parseReference } from '../oci/reference.ts';
import { defaultNetworkLimits, type NetworkLimits, type RegistryEntry } from '../registry/settings.ts';
import { type ArchiveLimits, defaultArchiveLimits } from './archive-limits.ts';
import { configurationApiVersion, configurationKind, configurationSchema, logLevels } from './configuration-schema.ts';
import { defaultFactsDatabaseLimits, type FactsDatabaseLimits } from './facts-database-limits.ts';
import { readTextFile } from './file-fault.ts';
import { defaultPolicyFileLimits, type PolicyFileLimits } from './find-policy-files.ts';
import { layerLimitSettings, searchLimitSettings } from './layer-limit-settings.ts';
import {
  type ApiServerLimits,
  apiServerLimitSettings,
  defaultApiServerLimits,
  defaultServiceLimits,
  limitSettings,
  type ServiceLimits,
} from './limit-settings.ts';
import { type ListenAddress, parseListenAddress } from './listen-address.ts';
import { type ReadPath, registryEntriesFrom } from './registry-entries.ts';
import { SettingsReader } from './settings-reader.ts';
import type { TlsFileNames } from './tls-files.ts';

/** Paths are absolute: in the file they are relative to it. Durations are milliseconds. */
export interface Configuration {
  readonly server: {
    readonly listen: ListenAddress;
    readonly probeListen: ListenAddress;
    readonly tls?: TlsFileNames;
    readonly insecureHttp: boolean;
    readonly shutdown: { readonly graceMs: number; readonly finishMs: number };
  };
  readonly policies: { readonly paths: readonly string[]; readonly checkEveryMs: number };
  readonly dataDirectory?: string;
  readonly layers: {
    /** Absent: as many as the machine has processors to spare. */
    readonly workers?: number;
    /** References, parsed. */
    readonly warmUp: readonly ImageReference[];
    readonly limits: ScanLimits;
    readonly reading: ReadingLimits;
  };
  readonly kubernetes: {
    readonly enabled: boolean;
    readonly kubeconfig?: string;
    readonly pullSecrets: boolean;
    /** Empty for all. */
    readonly pullSecretNamespaces: readonly string[];
    readonly limits: ApiServerLimits;
  };
  readonly credentialFiles: readonly string[];
  readonly registries: readonly RegistryEntry[];
  readonly limits: {
    readonly service: ServiceLimits;
    readonly factsDatabase: FactsDatabaseLimits;
    readonly documents: DocumentLimits;
    readonly archives: ArchiveLimits;
    readonly policyFiles: PolicyFileLimits;
    readonly network: NetworkLimits;
  };
  readonly lastKnown: { readonly maxAgeMs: number };
  readonly disclosure: 'own-credentials' | 'full';
  readonly exceptions: { readonly maxDurationMs: number; readonly fromNamespaces: readonly string[] };
  readonly log: { readonly level: (typeof logLevels)[number] };
}

const validate = createValidator(configurationSchema);

/**
 * Reads and checks a configuration file.
 * @throws Fault `usage` for a file that cannot be read, `document/invalid` with every problem in it.
 */
export async function loadConfiguration(path: string): Promise<Configuration> {
  return parseConfiguration(await readTextFile(path), path);
}

/** What holds where there is no file: every default. */
export function defaultConfiguration(): Configuration {
  return parseConfiguration(`{ apiVersion: ${configurationApiVersion}, kind: ${configurationKind} }`, 'defaults');
}

/** @param source the file as it was named; relative paths in the text are relative to its directory. */
export function parseConfiguration(text: string, source: string): Configuration {
  const { documents, problems } = readYamlDocuments(text, source);
  const [document, second] = documents;
  const found: Problem[] = [...problems];
  if (second !== undefined) found.push(second.problem([], 'a configuration is one document; this is a second one'));
  if (document === undefined) {
    if (found.length > 0) throw faultFromProblems(found);
    throw faultFromProblems([{ source, line: 1, column: 1, path: '', message: 'the file holds no configuration' }]);
  }
  const reader = new SettingsReader(document, configurationSchema);
  const configuration = configurationFrom(reader, dirname(resolve(source)));
  found.push(...validate(document), ...reader.problems);
  if (found.length > 0) throw faultFromProblems(inOrder(found, document));
  return configuration;
}

function inOrder(problems: readonly Problem[], { source }: SourceDocument): readonly Problem[] {
  return problems
    .filter((problem) => problem.source === source)
    .toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function configurationFrom(reader: SettingsReader, directory: string): Configuration {
  const file: ReadPath = (...path) => {
    const written = reader.text(...path);
    return written === undefined ? undefined : resolve(directory, written);
  };
  const dataDirectory = file('dataDir');
  const kubeconfig = file('kubernetes', 'kubeconfig');
  const files = (...path: FieldPath): readonly string[] => reader.texts(...path).map((one) => resolve(directory, one));
  return {
    server: serverFrom(reader, file),
    policies: { paths: files('policies', 'paths'), checkEveryMs: reader.duration(100, 'policies', 'checkEvery') },
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
    layers: layersFrom(reader),
    kubernetes: {
      enabled: reader.flag('kubernetes', 'enabled') ?? true,
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      pullSecrets: reader.flag('kubernetes', 'pullSecrets') ?? true,
      pullSecretNamespaces: reader.texts('kubernetes', 'pullSecretNamespaces'),
      limits: reader.limits(['kubernetes', 'limits'], apiServerLimitSettings, defaultApiServerLimits),
    },
    credentialFiles: files('credentialFiles'),
    registries: registryEntriesFrom(reader, file),
    limits: {
      service: reader.limits(['limits'], limitSettings, defaultServiceLimits),
      factsDatabase: reader.limits(['limits'], limitSettings, defaultFactsDatabaseLimits),
      documents: reader.limits(['limits'], limitSettings, defaultDocumentLimits),
      archives: reader.limits(['limits'], limitSettings, defaultArchiveLimits),
      policyFiles: reader.limits(['limits'], limitSettings, defaultPolicyFileLimits),
      network: reader.limits(['limits'], limitSettings, defaultNetworkLimits),
    },
    lastKnown: { maxAgeMs: reader.duration(0, 'lastKnown', 'maxAge') },
    disclosure: reader.text('disclosure') === 'full' ? 'full' : 'own-credentials',
    exceptions: {
      maxDurationMs: reader.duration(1, 'exceptions', 'maxDuration'),
      fromNamespaces: reader.texts('exceptions', 'fromNamespaces'),
    },
    log: { level: logLevels.find((level) => level === reader.text('log', 'level')) ?? 'info' },
  };
}

function layersFrom(reader: SettingsReader): Configuration['layers'] {
  const workers = reader.integer('layers', 'workers');
  const count = reader.count('layers', 'warmUp');
  const references = Array.from({ length: count }, (_, index) =>
    reader.parsed(['layers', 'warmUp', index], parseReference),
  );
  return {
    ...(workers === undefined ? {} : { workers }),
    warmUp: references.filter((reference) => reference !== undefined),
    limits: reader.limits(['layers', 'limits'], layerLimitSettings, defaultScanLimits),
    reading: {
      layers: reader.limits(['layers', 'limits'], layerLimitSettings, defaultReadingLimits.layers),
      search: reader.limits(['layers', 'searchLimits'], searchLimitSettings, defaultReadingLimits.search),
    },
  };
}

function serverFrom(reader: SettingsReader, file: ReadPath): Configuration['server'] {
  const insecureHttp = reader.flag('server', 'insecureHTTP') ?? false;
  const [certFile, keyFile] = [file('server', 'tls', 'certFile'), file('server', 'tls', 'keyFile')];
  const clientCaFile = file('server', 'tls', 'clientCaFile');
  if (insecureHttp && reader.has('server', 'tls')) {
    reader.problem(['server', 'insecureHTTP'], 'cannot be true where server.tls is set');
  }
  const client = clientCaFile === undefined ? {} : { clientCaFile };
  return {
    listen: listenFrom(reader, 'listen'),
    probeListen: listenFrom(reader, 'probeListen'),
    ...(certFile === undefined || keyFile === undefined ? {} : { tls: { certFile, keyFile, ...client } }),
    insecureHttp,
    shutdown: {
      graceMs: reader.duration(0, 'server', 'shutdown', 'grace'),
      finishMs: reader.duration(0, 'server', 'shutdown', 'finish'),
    },
  };
}

function listenFrom(reader: SettingsReader, name: string): ListenAddress {
  return reader.parsed(['server', name], parseListenAddress) ?? { host: '', port: 0 };
}
