// What an image is made of: whose bytes these are, what a multi-stage build would have left out, and how that is known. Plain JSON.

/** Every byte of every file of every layer belongs to exactly one of these. */
export const composedOf = [
  'base',
  'runtime-dependencies',
  'application',
  'build-tools',
  'dev-dependencies',
  'source',
  'package-caches',
  'version-control',
  'documentation',
] as const;

export type CompositionCategory = (typeof composedOf)[number];

/** A sum over files, also those that a later layer deleted or overwrote: they are downloaded all the same. */
export interface ByteShare {
  readonly bytes: number;
  readonly files: number;
  /** Those of `bytes` and `files` that the final file system does not have. */
  readonly hiddenBytes: number;
  readonly hiddenFiles: number;
  /** An estimate: the part of each layer's blob, as if all of the layer compressed alike. */
  readonly compressedBytes: number;
}

export interface LayerPart extends ByteShare {
  /** Counted from 0, the lowest. */
  readonly layer: number;
}

export interface CategoryShare extends ByteShare {
  readonly category: CompositionCategory;
  /** Only layers that have something of it, from the lowest; their sums are the share's. */
  readonly layers: readonly LayerPart[];
}

export interface Composition extends ByteShare {
  /** Which of the first layers belong to the base; whoever made it pays for them, and they are searched like all others. */
  readonly base: BaseLayers;
  /** All categories, in the order of `composedOf`; their sums are the whole. */
  readonly categories: readonly CategoryShare[];
  /** Ordered by bytes, the most first. */
  readonly leftovers: readonly Leftover[];
  /** Documents that would have told more and could not be read, for example a lock file beyond its limit: the first fifty. */
  readonly unread: readonly UnreadEvidence[];
}

export interface BaseLayers {
  readonly layers: number;
  /**
   * `declared`: the image names its base, and begins with that one's layers; `known`: it begins with the layers of a base that the caller
   * knows; `root-file-system`: the first layer is a distribution, so at least this much is base; `none`: nothing tells.
   */
  readonly by: 'declared' | 'known' | 'root-file-system' | 'none';
  readonly name?: string;
}

/** The second halves of the rule ids of `leftovers`. */
export type LeftoverCategory = 'compiler' | 'package-manager' | 'dev-dependencies' | 'source' | 'vcs' | 'cache';

/** Whose advice helps: a language where one is known, else the distribution; `any` has nothing to do with either. */
export type Ecosystem =
  | 'debian'
  | 'alpine'
  | 'rpm'
  | 'c'
  | 'node'
  | 'python'
  | 'go'
  | 'rust'
  | 'java'
  | 'ruby'
  | 'dotnet'
  | 'php'
  | 'any';

/** Something that building needed and running does not. */
export interface Leftover {
  readonly category: LeftoverCategory;
  readonly ecosystem: Ecosystem;
  /** `gcc-12`, `npm cache`, `typescript`: from the image, so to be escaped before it is shown. */
  readonly name: string;
  readonly version?: string;
  /** How we know, as half a sentence: `dpkg package gcc-12 12.2.0-14`; from the image as well. */
  readonly evidence: string;
  /** How many of its kind it stands for: 1, or more where many small ones were put together. */
  readonly members: number;
  /** At most three of its files, without a leading slash; what is longer than 1,024 characters is cut. */
  readonly paths: readonly string[];
  readonly files: number;
  readonly bytes: number;
  readonly compressedBytes: number;
  /** The layers that brought it, from the lowest. */
  readonly layers: readonly number[];
  /** Later layers hide all of it, and it is downloaded all the same. */
  readonly isHidden: boolean;
  /** All of it lies in the base. */
  readonly inBase: boolean;
}

export interface UnreadEvidence {
  readonly layer: number;
  readonly path: string;
  readonly reason: 'too-large' | 'unreadable';
}

/** What the final file system grants: to every user of a container. */
export interface FilesystemFacts {
  readonly setuid: PathSample;
  readonly setgid: PathSample;
  /** Files that carry capabilities. */
  readonly capabilities: PathSample;
  readonly worldWritableFiles: PathSample;
  /** Without the sticky bit. */
  readonly worldWritableDirectories: PathSample;
}

export interface PathSample {
  readonly count: number;
  /** At most twenty, without a leading slash, in the order of layers. */
  readonly paths: readonly { readonly path: string; readonly layer: number }[];
}
