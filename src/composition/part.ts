// What a file turns out to be part of: one object for each thing, shared by all of its files.
import type { CompositionCategory, Ecosystem, LeftoverCategory } from './composition.ts';

export interface Part {
  readonly category: CompositionCategory;
  /** Set when building needed it and running does not. */
  readonly leftover?: LeftoverName;
}

/** What a leftover is, and how that is known. */
export interface LeftoverName {
  readonly category: LeftoverCategory;
  readonly ecosystem: Ecosystem;
  readonly name: string;
  readonly version?: string;
  readonly evidence: string;
}

export const runtimePart: Part = { category: 'runtime-dependencies' };
export const applicationPart: Part = { category: 'application' };
export const documentationPart: Part = { category: 'documentation' };

/** The category of bytes that a kind of leftover makes up. */
const bytesOf = {
  compiler: 'build-tools',
  'package-manager': 'build-tools',
  'dev-dependencies': 'dev-dependencies',
  source: 'source',
  vcs: 'version-control',
  cache: 'package-caches',
} as const satisfies Record<LeftoverCategory, CompositionCategory>;

export function leftoverPart(leftover: LeftoverName): Part {
  return { category: bytesOf[leftover.category], leftover };
}
