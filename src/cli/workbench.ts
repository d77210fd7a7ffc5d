// The composition root of the commands that run once: picks adapters and puts them together. wiring.ts does so for the service.
import { readTextFile } from '../files/file-fault.ts';
import { readManifestStream, readManifests } from '../files/manifest-texts.ts';
import { type LoadedCases, loadCases } from '../files/policy-cases.ts';
import { loadPolicies } from '../files/policy-files.ts';
import { openTarget, type TargetKind } from '../files/target-source.ts';
import { createContentReader } from '../inspection/content-reader.ts';
import type { ImageSource, Keyring } from '../inspection/image-source.ts';
import { createInspect } from '../inspection/inspect.ts';
import type { Inspect } from '../inspection/inspection.ts';
import { KnownBases } from '../inspection/known-bases.ts';
import type { ImageReference } from '../oci/reference.ts';
import type { PolicySet } from '../policy/policy.ts';
import { createRegistry } from '../registry/registry.ts';
import { createLayerWork } from '../scanning/layer-work.ts';
import { layerWorkOptions } from './layer-work-options.ts';
import { pause } from './pause.ts';
import type { CommonOptions } from './program.ts';
import { registrySettings } from './registry-settings.ts';
import type { Terminal } from './terminal.ts';
import { builtInPolicies, createFactsMemory, now, ownCredentials, readConfiguration } from './wiring.ts';

/** An image on disk, opened: how to read it and what it is called. */
export interface OpenedTarget {
  readonly inspect: Inspect;
  readonly reference: ImageReference;
  /** Whether the name was made up from the path, because the image itself has none. */
  readonly isUnnamed: boolean;
  readonly close: () => Promise<void>;
}

/** What the commands that run once need. */
export interface Workbench {
  readonly inspect: Inspect;
  readonly keyring: Keyring;
  open(kind: TargetKind, written: string): Promise<OpenedTarget>;
  /** Those that are named, else those of the configuration, else the built-in ones. */
  policies(named: readonly string[] | undefined): Promise<{ readonly set: PolicySet; readonly isBuiltIn: boolean }>;
  readonly readManifests: typeof readManifests;
  readonly readStandardInput: () => ReturnType<typeof readManifestStream>;
  close(): Promise<void>;
}

/** The cases beside policies, for `test`. */
export async function openCases(directories: readonly string[], options: CommonOptions): Promise<LoadedCases> {
  const { limits } = await readConfiguration(options);
  return loadCases(directories, { limits: limits.policyFiles, now });
}

/** The caller is the local user, who may reach their own machine: loopback is open, unlike in the service. */
export async function createWorkbench(options: CommonOptions, terminal: Terminal): Promise<Workbench> {
  const configuration = await readConfiguration(options);
  const { limits } = configuration;
  const store = createFactsMemory(limits.service);
  const own = ownCredentials(configuration, {
    environment: terminal.environment,
    grant: 'requester',
    warn: (message, fields) => terminal.err(`tidewaiter: ${message} (${fieldsText(fields)})\n`),
  });
  const keyring = own.keyringOf(await own.read());
  const settings = registrySettings(configuration, terminal.environment, { allowLoopback: true, refuseAddresses: [] });
  const registry = createRegistry(settings, { now, readFile: readTextFile });
  const work = createLayerWork({ ...layerWorkOptions(configuration, settings), now });
  const inspectFrom = (source: ImageSource): Inspect => {
    const content = createContentReader({ source, store, work, bases: new KnownBases(), pause });
    return createInspect({ source, store, now, limits: limits.documents, content });
  };
  return {
    inspect: inspectFrom(registry),
    keyring,
    async open(kind, written) {
      const targetLimits = { ...limits.documents, ...limits.archives };
      const { source, reference, namedBy, close } = await openTarget(kind, written, targetLimits, terminal.interrupted);
      return { inspect: inspectFrom(source), reference, isUnnamed: namedBy === 'path', close };
    },
    async policies(named = configuration.policies.paths) {
      const isBuiltIn = named.length === 0;
      const paths = isBuiltIn ? builtInPolicies : named;
      const maxExceptionMs = configuration.exceptions.maxDurationMs;
      return { isBuiltIn, set: await loadPolicies({ paths, limits: limits.policyFiles, maxExceptionMs, now }) };
    },
    readManifests,
    readStandardInput: () => readManifestStream(terminal.stdin, terminal.interrupted),
    async close() {
      registry.close();
      await work.close();
    },
  };
}

/** `server: registry.example.com; reason: …`. */
function fieldsText(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join('; ');
}
