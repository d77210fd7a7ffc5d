// Builds facts and uses for tests: an ordinary image that satisfies every check, changed where a test says so.

import type { ReadImageFacts } from '../../src/checks/check.ts';
import type { Composition, Leftover } from '../../src/composition/composition.ts';
import { type ContentFacts, contentSchema, type FileSecretFact } from '../../src/inspection/content-facts.ts';
import { detectorRevision } from '../../src/inspection/detector-revision.ts';
import {
  type ArtifactFacts,
  factsSchema,
  type LayerFact,
  type RunnableImageFacts,
  type SecretFact,
} from '../../src/inspection/image-facts.ts';
import type { Keyring } from '../../src/inspection/image-source.ts';
import type { Inspect, Inspection, PlatformInspection } from '../../src/inspection/inspection.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { nothingSearched } from '../../src/secrets/search-coverage.ts';
import type { ImageUse, Workload } from '../../src/workload/use.ts';

const base = {
  schema: factsSchema,
  detectors: detectorRevision,
  readAt: '2026-11-23T10:00:00Z',
  annotations: {},
} as const;

/** Layers of these sizes, all of them ordinary. */
export function layersOfSizes(...sizes: readonly number[]): readonly LayerFact[] {
  return sizes.map((size, index) => ({
    index,
    digest: digestOf(`layer ${index} of ${size} bytes`),
    mediaType: mediaTypes.ociLayerGzip,
    size,
    kind: 'tar',
  }));
}

/** Facts of an ordinary image for linux/amd64: small, numeric user, health check, an init, no secrets. */
export function imageFacts(changes: Partial<RunnableImageFacts> = {}): RunnableImageFacts {
  const layers = changes.layers ?? layersOfSizes(3_000_000, 20_000_000);
  const platform = changes.platform ?? parsePlatform('linux/amd64');
  const seed = JSON.stringify({ ...changes, layers, platform });
  return {
    ...base,
    kind: 'image',
    digest: digestOf(`manifest ${seed}`),
    mediaType: mediaTypes.ociManifest,
    compressedSize: layers.reduce((sum, layer) => sum + layer.size, 2000),
    coverage: { layers: layers.length, read: 0, history: 'absent' },
    configDigest: digestOf(`config ${seed}`),
    created: '2026-11-01T00:00:00Z',
    builder: 'buildkit',
    user: { kind: 'uid', raw: '10001:10001', uid: 10001, gid: 10001 },
    healthcheck: { kind: 'present', test: ['CMD', '/app/healthcheck'] },
    env: [{ name: 'PATH', value: '/usr/local/bin:/usr/bin:/bin' }],
    entrypoint: ['tini', '--', '/app/server'],
    command: [],
    exposedPorts: [{ raw: '8080/tcp', from: 8080, to: 8080, protocol: 'tcp' }],
    volumes: [],
    workingDir: '/app',
    stopSignal: '',
    labels: {},
    history: [],
    secrets: [],
    ...changes,
    layers,
    platform,
  };
}

/** What the layers of an ordinary image tell: files, nothing hidden, nothing found. */
export function contentFacts(changes: Partial<ContentFacts> = {}): ContentFacts {
  const nowhere = { count: 0, paths: [] };
  return {
    schema: contentSchema,
    detectors: detectorRevision,
    plainBytes: 60_000_000,
    tree: { bytes: 58_000_000, neededBytes: 58_000_000, wastedBytes: 0, layers: [], hidden: [] },
    user: { kind: 'resolved', uid: 10001, gid: 10001 },
    composition: composition({}),
    filesystem: {
      setuid: nowhere,
      setgid: nowhere,
      capabilities: nowhere,
      worldWritableFiles: nowhere,
      worldWritableDirectories: nowhere,
    },
    secrets: [],
    searched: { ...nothingSearched, files: 900, bytes: 58_000_000 },
    ...changes,
  };
}

/** Facts of an ordinary image whose layers were read. */
export function readFacts(content: Partial<ContentFacts>, changes: Partial<RunnableImageFacts> = {}): ReadImageFacts {
  const facts = imageFacts(changes);
  return {
    ...facts,
    coverage: { ...facts.coverage, read: facts.layers.length },
    content: contentFacts(content),
  };
}

export function composition(changes: Partial<Composition>): Composition {
  return {
    bytes: 58_000_000,
    files: 900,
    hiddenBytes: 0,
    hiddenFiles: 0,
    compressedBytes: 23_000_000,
    base: { layers: 1, by: 'root-file-system' },
    categories: [],
    leftovers: [],
    unread: [],
    ...changes,
  };
}

export function leftover(changes: Partial<Leftover> & Pick<Leftover, 'category' | 'name'>): Leftover {
  return {
    ecosystem: 'debian',
    evidence: `dpkg package ${changes.name}`,
    members: 1,
    paths: [`usr/bin/${changes.name}`],
    files: 40,
    bytes: 50_000_000,
    compressedBytes: 20_000_000,
    layers: [1],
    isHidden: false,
    inBase: false,
    ...changes,
  };
}

/** A token in a file; unless a test says otherwise, an npm token in a file that is still there. */
export function fileSecret(changes: Partial<FileSecretFact> = {}): FileSecretFact {
  const place = { path: '/root/.npmrc', layer: 1, position: { kind: 'line', line: 1 }, ...changes } as const;
  return {
    detector: 'npm-token',
    title: 'npm access token',
    certainty: 'certain',
    publicPrefix: 'npm_',
    fingerprint: digestOf(JSON.stringify(place)).slice(7, 39),
    ...place,
  };
}

export function artifactFacts(changes: Partial<ArtifactFacts> = {}): ArtifactFacts {
  return {
    ...base,
    kind: 'artifact',
    digest: digestOf(`artifact ${JSON.stringify(changes)}`),
    mediaType: mediaTypes.ociManifest,
    compressedSize: 4000,
    layers: [],
    artifactType: 'application/vnd.example.model.v1',
    ...changes,
  };
}

export function secretFact(changes: Partial<SecretFact> & Pick<SecretFact, 'place'>): SecretFact {
  return {
    detector: 'npm-token',
    title: 'npm access token',
    certainty: 'certain',
    fingerprint: digestOf(JSON.stringify(changes.place)).slice(7, 39),
    ...changes,
  };
}

/** A container without settings of its own. */
export function useOf(changes: Partial<ImageUse> = {}): ImageUse {
  return {
    kind: 'container',
    path: 'spec.containers[0].image',
    name: 'app',
    image: 'registry.example.com/shop/api:1.4',
    runAs: {},
    probes: { liveness: false, readiness: false, startup: false },
    sharesProcessNamespace: false,
    ...changes,
  };
}

export function workloadOf(uses: readonly ImageUse[], changes: Partial<Workload> = {}): Workload {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'shop',
    name: 'api',
    runsToCompletion: false,
    podLabels: {},
    serviceAccountName: 'default',
    imagePullSecrets: [],
    uses,
    ...changes,
  };
}

/** What inspecting an image with these platforms gives. */
export function inspectionOf(...facts: readonly (RunnableImageFacts | ArtifactFacts)[]): Inspection {
  const platforms = facts.map(
    (fact): PlatformInspection => ({
      ...(fact.kind === 'image' ? { platform: fact.platform } : {}),
      digest: fact.digest,
      outcome: { kind: 'facts', facts: fact },
    }),
  );
  return {
    kind: 'read',
    digest: facts.length === 1 ? (facts[0]?.digest ?? digestOf('')) : digestOf(`index ${JSON.stringify(facts)}`),
    isIndex: facts.length !== 1,
    available: facts.flatMap((fact) => (fact.kind === 'image' ? fact.platform : [])),
    platforms,
    grant: 'anonymous',
    credential: 'anonymous',
    cache: 'miss',
  };
}

/** Answers every reference with the same inspection, and counts how often it was asked. */
export function inspectAs(
  answer: Inspection | ((image: string) => Inspection),
): Inspect & { readonly asked: string[] } {
  const asked: string[] = [];
  const inspect: Inspect = async ({ reference }) => {
    const image = `${reference.host}/${reference.repository}${reference.tag === undefined ? '' : `:${reference.tag}`}`;
    asked.push(image);
    return typeof answer === 'function' ? answer(image) : answer;
  };
  return Object.assign(inspect, { asked });
}

export const anonymousKeyring: Keyring = { lookup: async () => [] };
