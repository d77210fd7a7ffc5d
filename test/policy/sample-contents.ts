// What the layers of samples tell. Sizes are those of like images; sums are made here, so that categories sum to the whole.
import {
  type CompositionCategory,
  composedOf,
  type Ecosystem,
  type Leftover,
  type LeftoverCategory,
} from '../../src/composition/composition.ts';
import { type ContentFacts, contentSchema, type FileSecretFact } from '../../src/inspection/content-facts.ts';
import { detectorRevision } from '../../src/inspection/detector-revision.ts';
import { nothingSearched } from '../../src/secrets/search-coverage.ts';
import { MB } from './sample-builder.ts';

/** Files of one kind in one layer; of all of them, what a later layer hid. */
interface Part {
  readonly category: CompositionCategory;
  readonly layer: number;
  readonly megabytes: number;
  readonly files: number;
  readonly hidden?: { readonly by: number; readonly megabytes: number; readonly files: number };
}

type Row = readonly [
  layer: number,
  category: CompositionCategory,
  megabytes: number,
  files: number,
  hidden?: Part['hidden'],
];

interface Sample {
  readonly rows: readonly Row[];
  readonly leftovers?: readonly Leftover[];
  readonly base?: ContentFacts['composition']['base'];
  readonly user?: ContentFacts['user'];
  readonly secrets?: readonly FileSecretFact[];
  readonly setuid?: ContentFacts['filesystem']['setuid'];
}

/** Text and binaries together compress to about this. */
const compressedPart = 0.38;

function contentOf(sample: Sample): ContentFacts {
  const parts = sample.rows.map(
    ([layer, category, megabytes, files, hidden]): Part => ({
      layer,
      category,
      megabytes,
      files,
      ...(hidden === undefined ? {} : { hidden }),
    }),
  );
  const whole = shareOf(parts);
  const nowhere = { count: 0, paths: [] };
  return {
    schema: contentSchema,
    detectors: detectorRevision,
    plainBytes: whole.bytes + whole.files * 1024,
    tree: treeOf(parts),
    user: sample.user ?? { kind: 'resolved', uid: 10001, gid: 10001 },
    composition: {
      ...whole,
      base: sample.base ?? { layers: 1, by: 'root-file-system' },
      categories: composedOf.map((category) => {
        const own = parts.filter((part) => part.category === category);
        const layers = layersOf(own).map((layer) => ({
          layer,
          ...shareOf(own.filter((part) => part.layer === layer)),
        }));
        return { category, ...shareOf(own), layers };
      }),
      leftovers: (sample.leftovers ?? []).toSorted((a, b) => b.bytes - a.bytes),
      unread: [],
    },
    filesystem: {
      setuid: sample.setuid ?? nowhere,
      setgid: nowhere,
      capabilities: nowhere,
      worldWritableFiles: nowhere,
      worldWritableDirectories: nowhere,
    },
    secrets: sample.secrets ?? [],
    searched: { ...nothingSearched, files: whole.files, bytes: whole.bytes },
  };
}

function layersOf(parts: readonly Part[]): readonly number[] {
  return [...new Set(parts.map(({ layer }) => layer))].sort((a, b) => a - b);
}

function shareOf(parts: readonly Part[]) {
  const sum = (of: (part: Part) => number) => parts.reduce((total, part) => total + of(part), 0);
  const bytes = sum(({ megabytes }) => Math.round(megabytes * MB));
  return {
    bytes,
    files: sum(({ files }) => files),
    hiddenBytes: sum(({ hidden }) => Math.round((hidden?.megabytes ?? 0) * MB)),
    hiddenFiles: sum(({ hidden }) => hidden?.files ?? 0),
    compressedBytes: Math.round(bytes * compressedPart),
  };
}

function treeOf(parts: readonly Part[]): ContentFacts['tree'] {
  const { bytes, hiddenBytes } = shareOf(parts);
  const layers = layersOf(parts).map((layer) => {
    const { bytes: own, hiddenBytes: lost, files } = shareOf(parts.filter((part) => part.layer === layer));
    return { layer, files, bytes: own, neededBytes: own - lost };
  });
  const hidden = parts.flatMap(({ layer, hidden: lost }) =>
    lost === undefined ? [] : { layer, by: lost.by, files: lost.files, bytes: Math.round(lost.megabytes * MB) },
  );
  const pairs = Map.groupBy(hidden, ({ layer, by }) => `${layer} ${by}`).values();
  return {
    bytes,
    neededBytes: bytes - hiddenBytes,
    wastedBytes: hiddenBytes,
    layers,
    hidden: [...pairs].flatMap((same) => {
      const [first] = same;
      if (first === undefined) return [];
      const lost = same.reduce((total, one) => total + one.bytes, 0);
      const files = same.reduce((total, one) => total + one.files, 0);
      return {
        ...first,
        how: 'deleted' as const,
        files,
        bytes: lost,
        compressedBytes: Math.round(lost * compressedPart),
      };
    }),
  };
}

type LeftoverRow = readonly [
  category: LeftoverCategory,
  ecosystem: Ecosystem,
  name: string,
  layer: number,
  megabytes: number,
  path: string,
  evidence: string,
];

function left(
  [category, ecosystem, name, layer, megabytes, path, evidence]: LeftoverRow,
  more: Partial<Leftover> = {},
): Leftover {
  const bytes = Math.round(megabytes * MB);
  return {
    category,
    ecosystem,
    name,
    evidence,
    members: 1,
    paths: [path],
    files: Math.ceil(megabytes * 12),
    bytes,
    compressedBytes: Math.round(bytes * compressedPart),
    layers: [layer],
    isHidden: false,
    inBase: false,
    ...more,
  };
}

const debianSetuid: ContentFacts['filesystem']['setuid'] = {
  count: 8,
  paths: ['chfn', 'chsh', 'gpasswd', 'mount', 'newgrp', 'passwd', 'su', 'umount'].map((name) => ({
    path: `usr/bin/${name}`,
    layer: 0,
  })),
};

const nodeService = contentOf({
  rows: [
    [0, 'base', 74.8, 5_900],
    [1, 'application', 0.1, 12],
    [2, 'runtime-dependencies', 117.6, 2_250],
    [2, 'documentation', 3.1, 40],
    [3, 'application', 0.1, 1],
    [5, 'runtime-dependencies', 0.9, 18],
    [6, 'runtime-dependencies', 62.4, 5_430],
    [7, 'application', 1.2, 84],
  ],
  setuid: debianSetuid,
  leftovers: [
    left(['package-manager', 'debian', 'apt', 0, 4.2, 'usr/bin/apt', 'dpkg package apt 2.6.1'], { inBase: true }),
    left([
      'package-manager',
      'node',
      'npm',
      2,
      14.1,
      'usr/local/lib/node_modules/npm/package.json',
      'npm package npm 10.9.3',
    ]),
  ],
});

const nodeSingleStage = contentOf({
  rows: [
    [0, 'base', 116.5, 6_350],
    [1, 'runtime-dependencies', 48.2, 620],
    [2, 'build-tools', 138.4, 4_100],
    [2, 'runtime-dependencies', 39.9, 900],
    [3, 'build-tools', 496.2, 9_800],
    [3, 'runtime-dependencies', 84.3, 1_150],
    [4, 'runtime-dependencies', 117.6, 2_250],
    [4, 'build-tools', 14.1, 2_190],
    [6, 'application', 0.001, 1, { by: 8, megabytes: 0.001, files: 1 }],
    [6, 'application', 1.2, 84],
    [6, 'source', 61.5, 2_310],
    [6, 'version-control', 112.8, 940],
    [7, 'runtime-dependencies', 62.4, 5_430],
    [7, 'dev-dependencies', 284.7, 21_800],
    [7, 'package-caches', 96.3, 1_480],
  ],
  user: { kind: 'resolved', uid: 0, gid: 0 },
  setuid: debianSetuid,
  secrets: [
    {
      detector: 'npm-token',
      title: 'npm access token',
      certainty: 'certain',
      publicPrefix: 'npm_',
      position: { kind: 'line', line: 1 },
      path: '/app/.npmrc',
      layer: 6,
      hidden: { by: 8, how: 'deleted' },
      fingerprint: '5f1d7c0a9be84b66a0f3d41c7e2b9a58',
    },
  ],
  leftovers: [
    left(['compiler', 'debian', 'gcc-12', 3, 61.3, 'usr/bin/x86_64-linux-gnu-gcc-12', 'dpkg package gcc-12 12.2.0-14']),
    left(['compiler', 'debian', 'g++-12', 3, 38.9, 'usr/bin/x86_64-linux-gnu-g++-12', 'dpkg package g++-12 12.2.0-14']),
    left(['compiler', 'debian', 'libc6-dev', 3, 12.7, 'usr/include/stdio.h', 'dpkg package libc6-dev 2.36-9']),
    left(['compiler', 'debian', 'make', 3, 1.6, 'usr/bin/make', 'dpkg package make 4.3-4.1']),
    left(['package-manager', 'debian', 'apt', 0, 4.2, 'usr/bin/apt', 'dpkg package apt 2.6.1'], { inBase: true }),
    left([
      'package-manager',
      'node',
      'npm',
      4,
      14.1,
      'usr/local/lib/node_modules/npm/package.json',
      'npm package npm 10.9.3',
    ]),
    left([
      'dev-dependencies',
      'node',
      'typescript',
      7,
      22.9,
      'app/node_modules/typescript/package.json',
      'dev in package-lock.json',
    ]),
    left(
      [
        'dev-dependencies',
        'node',
        'other packages',
        7,
        261.8,
        'app/node_modules/jest/package.json',
        'dev in package-lock.json',
      ],
      { members: 412 },
    ),
    left(['source', 'node', 'TypeScript sources', 6, 61.5, 'app/src/server.ts', 'beside dist/'], { members: 2310 }),
    left(['vcs', 'any', '.git', 6, 112.8, 'app/.git/HEAD', 'a repository with its history']),
    left(['cache', 'node', 'npm cache', 7, 96.3, 'root/.npm/_cacache/index-v5', '_cacache']),
  ],
});

const goSingleStage = contentOf({
  rows: [
    [0, 'base', 116.5, 6_350],
    [1, 'runtime-dependencies', 48.2, 620],
    [2, 'build-tools', 274.6, 5_100],
    [3, 'build-tools', 231.4, 12_400],
    [5, 'source', 9.7, 610],
    [5, 'version-control', 31.8, 320],
    [6, 'application', 14.3, 1],
    [6, 'package-caches', 518.2, 9_720],
  ],
  setuid: debianSetuid,
  leftovers: [
    left(['compiler', 'go', 'go', 3, 231.4, 'usr/local/go/bin/go', 'a Go tool chain in usr/local/go']),
    left(['compiler', 'debian', 'gcc-12', 2, 61.3, 'usr/bin/x86_64-linux-gnu-gcc-12', 'dpkg package gcc-12 12.2.0-14']),
    left(['cache', 'go', 'go build cache', 6, 301.5, 'root/.cache/go-build/README', 'go-build']),
    left(['cache', 'go', 'go module cache', 6, 216.7, 'go/pkg/mod/cache/lock', 'go/pkg/mod']),
    left(['source', 'go', 'Go sources', 5, 9.7, 'app/cmd/server/main.go', 'go.mod beside them'], { members: 610 }),
    left(['vcs', 'any', '.git', 5, 31.8, 'app/.git/HEAD', 'a repository with its history']),
  ],
});

const goService = contentOf({
  base: { layers: 0, by: 'none' },
  rows: [
    [0, 'runtime-dependencies', 0.3, 3],
    [1, 'application', 0.1, 2],
    [2, 'application', 38.4, 1],
  ],
});

const purge = 6;
const pythonSingleStage = contentOf({
  rows: [
    [0, 'base', 116.5, 6_350],
    [1, 'package-caches', 19.4, 12, { by: purge, megabytes: 19.4, files: 12 }],
    [2, 'runtime-dependencies', 52.1, 1_900],
    [2, 'build-tools', 287.9, 4_860, { by: purge, megabytes: 241.3, files: 4_120 }],
    [4, 'runtime-dependencies', 141.6, 7_300],
    [4, 'package-caches', 83.8, 410],
    [5, 'application', 1.1, 96],
    [purge, 'runtime-dependencies', 1.4, 30],
  ],
  setuid: debianSetuid,
  leftovers: [
    left(
      ['compiler', 'debian', 'gcc-12', 2, 61.3, 'usr/bin/x86_64-linux-gnu-gcc-12', 'dpkg package gcc-12 12.2.0-14'],
      { isHidden: true },
    ),
    left([
      'compiler',
      'debian',
      'python3-dev',
      2,
      46.6,
      'usr/include/python3.11/Python.h',
      'dpkg package python3-dev 3.11.2-1',
    ]),
    left(['cache', 'python', 'pip cache', 4, 83.8, 'root/.cache/pip/http-v2', 'pip']),
    left(['cache', 'debian', 'apt lists', 1, 19.4, 'var/lib/apt/lists/lock', 'var/lib/apt/lists'], { isHidden: true }),
    left([
      'package-manager',
      'python',
      'pip',
      2,
      12.2,
      'usr/lib/python3/dist-packages/pip',
      'dpkg package python3-pip 23.0',
    ]),
  ],
});

const batchJob = contentOf({
  rows: [
    [0, 'base', 74.8, 5_900],
    [1, 'runtime-dependencies', 36.3, 1_400],
    [2, 'runtime-dependencies', 92.7, 6_100],
  ],
  setuid: debianSetuid,
});

const buildahService = (user: ContentFacts['user']) =>
  contentOf({
    base: { layers: 0, by: 'none' },
    user,
    rows: [
      [0, 'runtime-dependencies', 92.4, 6_100],
      [1, 'application', 54.8, 230],
    ],
  });

/** By the name of the sample; the others are recorded as manifest and config tell them. */
export const sampleContents: Readonly<Record<string, ContentFacts>> = {
  'node-service': nodeService,
  'node-single-stage': nodeSingleStage,
  'go-service': goService,
  'go-single-stage': goSingleStage,
  'python-single-stage': pythonSingleStage,
  'batch-job': batchJob,
  'buildah-service': buildahService({ kind: 'resolved', uid: 1001, gid: 1001 }),
  'buildah-alias': buildahService({ kind: 'resolved', uid: 0, gid: 0 }),
  'debian-base': contentOf({
    base: { layers: 0, by: 'none' },
    user: { kind: 'resolved', uid: 0, gid: 0 },
    rows: [[0, 'base', 116.5, 6_350]],
  }),
};
