// Image configs (OCI and Docker, one JSON shape), as checked values in which every absent or null field has its neutral value.
import { Fault } from '../base/fault.ts';
import { type JsonObject, type JsonValue, parseStrictJson } from '../base/strict-json.ts';
import { digestField } from './descriptor.ts';
import type { Digest } from './digest.ts';
import {
  arrayField,
  booleanField,
  hasField,
  knownFields,
  numberField,
  openObject,
  setField,
  stringField,
  stringMapField,
  stringsField,
} from './json-fields.ts';
import { type DocumentLimits, refuseMuchText } from './limits.ts';
import { normalisePlatform, type Platform } from './platform.ts';

/** Nanoseconds are kept as the numbers they are; they are shown, never waited for. */
export interface HealthcheckConfig {
  readonly test: readonly string[];
  readonly intervalNs?: number;
  readonly timeoutNs?: number;
  readonly startPeriodNs?: number;
  readonly retries?: number;
}

export interface HistoryRecord {
  readonly createdBy: string;
  readonly comment: string;
  readonly author: string;
  readonly created?: string;
  readonly emptyLayer: boolean;
}

export interface ImageConfig {
  readonly platform: Platform;
  /** RFC 3339 as written; absent where the config has none. */
  readonly created?: string;
  readonly author: string;
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly shell: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly workingDir: string;
  readonly stopSignal: string;
  readonly onBuild: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly healthcheck?: HealthcheckConfig;
  readonly diffIds: readonly Digest[];
  readonly history: readonly HistoryRecord[];
}

const documentFields = knownFields('image config', [
  'created',
  'author',
  'architecture',
  'variant',
  'os',
  'os.version',
  'os.features',
  'config',
  'rootfs',
  'history',
]);

const runFields = knownFields('run configuration', [
  'User',
  'ExposedPorts',
  'Env',
  'Entrypoint',
  'Cmd',
  'Volumes',
  'WorkingDir',
  'Labels',
  'StopSignal',
  'ArgsEscaped',
  'Healthcheck',
  'OnBuild',
  'Shell',
]);

const rootFields = knownFields('rootfs', ['type', 'diff_ids']);

const healthcheckFields = knownFields('healthcheck', [
  'Test',
  'Interval',
  'Timeout',
  'StartPeriod',
  'StartInterval',
  'Retries',
]);

const historyFields = knownFields('row of history', ['created', 'created_by', 'author', 'comment', 'empty_layer']);

/** Maps whose keys strangers choose, in which `Key` and `key` are two keys. */
const freeFormMaps: ReadonlySet<string> = new Set(['Labels', 'ExposedPorts', 'Volumes']);

/**
 * Reads verified bytes as an image config (image-spec config.md, with Docker's Healthcheck, OnBuild and Shell whatever the media type).
 * Null is absent everywhere, as it is to a runtime; what a runtime would fail to decode is refused.
 * @throws Fault `integrity/ambiguous`, `image/malformed`, `digest/unsupported`, `limit`.
 */
export function parseImageConfig(bytes: Uint8Array, limits: DocumentLimits): ImageConfig {
  if (bytes.byteLength > limits.maxConfigBytes) {
    throw new Fault('limit', `an image config has at most ${limits.maxConfigBytes} bytes`, { limit: 'maxConfigBytes' });
  }
  const json = parseStrictJson(bytes, { freeForm: (path) => freeFormMaps.has(path.at(-1) ?? '') });
  const document = openObject(json, documentFields);
  const created = stringField(document, 'created');
  const config: ImageConfig = {
    platform: normalisePlatform({
      os: stringField(document, 'os'),
      architecture: stringField(document, 'architecture'),
      variant: stringField(document, 'variant'),
      osVersion: stringField(document, 'os.version'),
    }),
    ...(created === undefined ? {} : { created }),
    author: stringField(document, 'author') ?? '',
    ...runConfiguration(openObject(document['config'] ?? {}, runFields)),
    diffIds: diffIdsOf(openObject(document['rootfs'] ?? {}, rootFields)),
    history: historyOf(document, limits),
  };
  refuseMuchText(searchedTexts(config), limits);
  return config;
}

function searchedTexts(config: ImageConfig): readonly string[] {
  const { env, entrypoint, command, shell, onBuild, volumes, exposedPorts, labels, healthcheck, history } = config;
  return [
    ...[config.user, config.author, config.workingDir, config.stopSignal],
    ...[env, entrypoint, command, shell, onBuild, volumes, exposedPorts, healthcheck?.test ?? []].flat(),
    ...Object.entries(labels).flat(),
    ...history.flatMap((row) => [row.createdBy, row.comment, row.author].filter((text) => text !== '')),
  ];
}

type RunConfiguration = Omit<ImageConfig, 'platform' | 'created' | 'author' | 'diffIds' | 'history'>;

function runConfiguration(config: JsonObject): RunConfiguration {
  return {
    user: stringField(config, 'User') ?? '',
    env: stringsField(config, 'Env'),
    entrypoint: stringsField(config, 'Entrypoint'),
    command: stringsField(config, 'Cmd'),
    shell: stringsField(config, 'Shell'),
    exposedPorts: setField(config, 'ExposedPorts'),
    volumes: setField(config, 'Volumes'),
    workingDir: stringField(config, 'WorkingDir') ?? '',
    stopSignal: stringField(config, 'StopSignal') ?? '',
    onBuild: stringsField(config, 'OnBuild'),
    labels: stringMapField(config, 'Labels'),
    ...(hasField(config, 'Healthcheck') ? { healthcheck: healthcheckFrom(config['Healthcheck']) } : {}),
  };
}

function healthcheckFrom(value: JsonValue | undefined): HealthcheckConfig {
  const object = openObject(value, healthcheckFields);
  const intervalNs = numberField(object, 'Interval');
  const timeoutNs = numberField(object, 'Timeout');
  const startPeriodNs = numberField(object, 'StartPeriod');
  const retries = numberField(object, 'Retries');
  return {
    test: stringsField(object, 'Test'),
    ...(intervalNs === undefined ? {} : { intervalNs }),
    ...(timeoutNs === undefined ? {} : { timeoutNs }),
    ...(startPeriodNs === undefined ? {} : { startPeriodNs }),
    ...(retries === undefined ? {} : { retries }),
  };
}

function diffIdsOf(rootfs: JsonObject): readonly Digest[] {
  const type = stringField(rootfs, 'type') ?? '';
  const diffIds = stringsField(rootfs, 'diff_ids').map(digestField);
  if (type !== 'layers' && (type !== '' || diffIds.length > 0)) {
    throw new Fault('image/malformed', 'the type of rootfs is not "layers"');
  }
  return diffIds;
}

function historyOf(document: JsonObject, limits: DocumentLimits): readonly HistoryRecord[] {
  const rows = arrayField(document, 'history');
  if (rows.length > limits.maxHistory) {
    throw new Fault('limit', `an image config has at most ${limits.maxHistory} rows of history`, {
      limit: 'maxHistory',
    });
  }
  return rows.map((row) => {
    const object = openObject(row ?? {}, historyFields);
    const created = stringField(object, 'created');
    return {
      createdBy: stringField(object, 'created_by') ?? '',
      comment: stringField(object, 'comment') ?? '',
      author: stringField(object, 'author') ?? '',
      ...(created === undefined ? {} : { created }),
      emptyLayer: booleanField(object, 'empty_layer'),
    };
  });
}
