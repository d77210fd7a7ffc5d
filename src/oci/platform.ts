// Platforms as index entries and image configs name them: normalised, matched and preferred as containerd does.
import { Fault } from '../base/fault.ts';

/** Normalised: lower case, `x86_64` is `amd64`, `aarch64` is `arm64` without variant, 32-bit arm always has a variant. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

/** What stands for a part that a document left out. */
export const unknownPlatformPart = 'unknown';

const platformGrammar =
  /^([A-Za-z0-9_.-]{1,64})(?:\(([A-Za-z0-9_.-]{1,64})\))?\/([A-Za-z0-9_.-]{1,64})(?:\/([A-Za-z0-9_.-]{1,64}))?$/;

/**
 * Parses `os/architecture[/variant]`, with a Windows build as containerd writes it: `windows(10.0.17763)/amd64`.
 * @throws Fault `usage`.
 */
export function parsePlatform(text: string): Platform {
  const match = platformGrammar.exec(text);
  const [, os, osVersion, architecture, variant] = match ?? [];
  if (os === undefined || architecture === undefined) {
    throw new Fault('usage', 'a platform is written os/architecture or os/architecture/variant, such as linux/arm64');
  }
  return normalisePlatform({ os, architecture, variant, osVersion });
}

/** The text that `parsePlatform` reads back unchanged. */
export function formatPlatform(platform: Platform): string {
  const osVersion = platform.osVersion === undefined ? '' : `(${platform.osVersion})`;
  const variant = platform.variant === undefined ? '' : `/${platform.variant}`;
  return `${platform.os}${osVersion}/${platform.architecture}${variant}`;
}

/** Parts as a document has them; an empty part is one that was left out. */
export interface PlatformParts {
  readonly os?: string | undefined;
  readonly architecture?: string | undefined;
  readonly variant?: string | undefined;
  readonly osVersion?: string | undefined;
}

/** What no platform is called counts as left out: no node could match it, and nobody has to print it. */
const partGrammar = /^[A-Za-z0-9_.-]{1,64}$/;

/** containerd `platforms.Normalize`, except that nothing is taken from the machine this runs on. */
export function normalisePlatform(parts: PlatformParts): Platform {
  const os = partOf(parts.os).toLowerCase() || unknownPlatformPart;
  const architecture = partOf(parts.architecture).toLowerCase() || unknownPlatformPart;
  const [name, variant] = normaliseArchitecture(architecture, partOf(parts.variant).toLowerCase());
  const osVersion = partOf(parts.osVersion);
  return {
    os: os === 'macos' ? 'darwin' : os,
    architecture: name,
    ...(variant === '' ? {} : { variant }),
    ...(osVersion === '' ? {} : { osVersion }),
  };
}

function partOf(text: string | undefined): string {
  return text !== undefined && partGrammar.test(text) ? text : '';
}

/** Whether nothing says what it runs on: attestations (`unknown/unknown`), and configs that leave both out. */
export function isUnknownPlatform(platform: Platform): boolean {
  return platform.os === unknownPlatformPart && platform.architecture === unknownPlatformPart;
}

export function samePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(a) === formatPlatform(b);
}

/**
 * Whether an image for `offered` is one for `wanted`: same system and architecture, and a variant that `wanted` can run.
 * A wanted platform that names no variant takes every one, because nobody knows which level a node has.
 */
export function platformMatches(wanted: Platform, offered: Platform): boolean {
  if (wanted.os !== offered.os || wanted.architecture !== offered.architecture) return false;
  if (!osVersionMatches(wanted.osVersion, offered.osVersion)) return false;
  if (wanted.variant === undefined || wanted.variant === offered.variant) return true;
  const offeredLevel = variantLevel(offered);
  const wantedLevel = variantLevel(wanted);
  return offeredLevel !== undefined && wantedLevel !== undefined && offeredLevel <= wantedLevel;
}

/**
 * Of these entries, those that a node of platform `wanted` may run, in their order: the best matches as containerd ranks them
 * (highest variant first; only when there is none at all, 386 on amd64 and 32-bit arm on arm64). Equals are all kept.
 */
export function preferredOn<T extends { readonly platform: Platform }>(
  wanted: Platform,
  offered: readonly T[],
): readonly T[] {
  const own = offered.filter((entry) => platformMatches(wanted, entry.platform));
  const fitting = own.length > 0 ? own : fallbackOn(wanted, offered);
  if (own.length > 0 && wanted.variant === undefined) return own;
  const best = Math.max(...fitting.map((entry) => variantLevel(entry.platform) ?? 0));
  return fitting.filter((entry) => (variantLevel(entry.platform) ?? 0) === best);
}

function fallbackOn<T extends { readonly platform: Platform }>(wanted: Platform, offered: readonly T[]): readonly T[] {
  const architecture = narrowerArchitecture.get(wanted.architecture);
  if (architecture === undefined) return [];
  return offered.filter(({ platform }) => platform.os === wanted.os && platform.architecture === architecture);
}

/** What a 64-bit node runs when an image has nothing better (containerd `platformVector`). */
const narrowerArchitecture: ReadonlyMap<string, string> = new Map([
  ['amd64', '386'],
  ['arm64', 'arm'],
]);

/** containerd `normalizeArch`. */
function normaliseArchitecture(architecture: string, variant: string): readonly [string, string] {
  switch (architecture) {
    case 'i386':
      return ['386', ''];
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return ['amd64', variant === 'v1' ? '' : variant];
    case 'aarch64':
    case 'arm64':
      return [
        'arm64',
        ['8', 'v8', 'v8.0'].includes(variant) ? '' : ['9', '9.0', 'v9.0'].includes(variant) ? 'v9' : variant,
      ];
    case 'armhf':
      return ['arm', 'v7'];
    case 'armel':
      return ['arm', 'v6'];
    case 'arm':
      return ['arm', variant === '' ? 'v7' : /^[5-8]$/.test(variant) ? `v${variant}` : variant];
    default:
      return [architecture, variant];
  }
}

/** `v8.2` is 8.2; no variant is the lowest level of its architecture; undefined for what is not a level. */
function variantLevel(platform: Platform): number | undefined {
  if (platform.variant === undefined) return platform.architecture === 'arm64' ? 8 : 1;
  const match = /^v([0-9]{1,3}(?:\.[0-9]{1,3})?)$/.exec(platform.variant);
  return match === null ? undefined : Number(match[1]);
}

/** Windows images run on hosts of the same build: the first three parts of the version. */
function osVersionMatches(wanted: string | undefined, offered: string | undefined): boolean {
  if (wanted === undefined || offered === undefined) return true;
  return buildOf(wanted) === buildOf(offered);
}

function buildOf(version: string): string {
  return version.split('.').slice(0, 3).join('.');
}
