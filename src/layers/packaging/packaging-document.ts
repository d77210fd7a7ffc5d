// What is kept of the records of package managers: the names and versions that tell what an image is made of, and nothing else of them.

/**
 * Lock files and manifests may hold prose, addresses and tokens; only names, versions and paths are kept. Texts come from the image, so
 * they are to be escaped before they are shown.
 */
export type PackagingDocument =
  | { readonly kind: 'os-release'; readonly release: OsRelease }
  | PackageDatabase
  /** The files of one package of a Debian image, named by its own document. */
  | { readonly kind: 'package-files'; readonly files: PathLines }
  | PackageManifest
  | DevPackages
  | DependencyGraph;

/** `ID` and its kin of os-release(5). */
export interface OsRelease {
  readonly id: string;
  readonly versionId?: string;
  readonly prettyName?: string;
}

/** Normalised paths, each followed by a line feed: one text takes far less memory than many. */
export type PathLines = string;

/** A database of installed packages. Only those are kept that building needs and running does not. */
export interface PackageDatabase {
  readonly kind: 'package-database';
  readonly manager: 'dpkg' | 'apk' | 'rpm';
  /** How many packages are installed. */
  readonly installed: number;
  readonly packages: readonly InstalledPackage[];
}

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Where the database itself tells them (apk, rpm). */
  readonly files?: PathLines;
}

/** A package.json: what it asks for, by name. */
export interface PackageManifest {
  readonly kind: 'package-manifest';
  readonly version?: string;
  /** Also optional and peer dependencies. */
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
}

/** What a lock file, or a record of what was installed, says is needed for development only. */
export interface DevPackages {
  readonly kind: 'dev-packages';
  readonly tool: 'npm' | 'pnpm' | 'pipenv' | 'poetry' | 'uv' | 'composer' | 'bundler';
  readonly dev: readonly DevPackage[];
}

export interface DevPackage {
  readonly name: string;
  readonly version?: string;
  /** Where npm puts it, from the directory of its lock file: `node_modules/a/node_modules/b`. */
  readonly path?: string;
}

/** A yarn.lock: who needs whom, by name; which of it is for development follows from the manifests beside it. */
export interface DependencyGraph {
  readonly kind: 'dependency-graph';
  readonly tool: 'yarn';
  readonly packages: readonly { readonly name: string; readonly version: string; readonly needs: readonly string[] }[];
}
