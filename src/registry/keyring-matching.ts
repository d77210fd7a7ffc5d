// Which entries of a docker config are for an image, in the kubelet's way: globs per host label, plain path prefixes, longest key first.

export interface CredentialIndex<T> {
  /** All values for `host/repository` (normalised, without tag or digest), in the order in which the kubelet tries them. */
  lookup(name: string): readonly T[];
}

const hubKey = 'index.docker.io';

/** A host or a glob of one, or an IPv6 address in brackets, with or without a port: what Go's URL parser takes. */
const keyHost = /^(?:\[[0-9A-Fa-f:.]+\]|[^\s:<>"[\]][^\s:<>"]*)(?::[0-9]*)?$/;

/** Keys that cannot be read are left out. Port of the behaviour of kubelet `credentialprovider.BasicDockerKeyring`. */
export function createCredentialIndex<T>(entries: readonly (readonly [key: string, value: T])[]): CredentialIndex<T> {
  const byKey = new Map<string, T[]>();
  for (const [key, value] of entries) {
    const normalised = normalisedKey(key);
    if (normalised === undefined) continue;
    const values = byKey.get(normalised) ?? [];
    values.push(value);
    byKey.set(normalised, values);
  }
  // Descending, so that more specific keys come before their prefixes.
  const ordered = [...byKey].sort(([one], [other]) => Buffer.compare(Buffer.from(other), Buffer.from(one)));
  return {
    lookup(name) {
      const found = ordered.filter(([key]) => matchesImage(key, name)).flatMap(([, values]) => values);
      if (found.length > 0 || !isHubName(name)) return found;
      return byKey.get(hubKey) ?? [];
    },
  };
}

/** `host[:port][/path]` of a key, without scheme and without the API versions that `docker login` writes. */
function normalisedKey(key: string): string | undefined {
  const match = /^(?:https?:\/\/)?(?:[^/?#]*@)?([^/?#@]*)([^?#]*)/.exec(key);
  const [, host = '', rawPath = ''] = match ?? [];
  if (!keyHost.test(host)) return undefined;
  const path = /^\/v[12]\//.test(rawPath) ? rawPath.slice(3) : rawPath;
  return path === '' || path === '/' ? host : host + path;
}

function isHubName(name: string): boolean {
  const [first = ''] = name.split('/', 1);
  return first === 'docker.io' || first === hubKey || !/[.:]/.test(first);
}

function matchesImage(key: string, name: string): boolean {
  const pattern = splitName(key);
  const target = splitName(name);
  if (pattern.port !== target.port || pattern.labels.length !== target.labels.length) return false;
  // A plain prefix, not by segments: `host/proj` matches `host/project-x/app` as well.
  if (!target.path.startsWith(pattern.path)) return false;
  return pattern.labels.every((label, index) => matchesLabel(label, target.labels[index] ?? ''));
}

function splitName(name: string): { readonly labels: readonly string[]; readonly port: string; readonly path: string } {
  const slash = name.indexOf('/');
  const host = slash === -1 ? name : name.slice(0, slash);
  const [, address, hostname = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(host) ?? [];
  return {
    labels: address === undefined ? hostname.split('.') : [address],
    port,
    path: slash === -1 ? '' : name.slice(slash),
  };
}

type LabelToken =
  | { readonly kind: 'any-run' }
  | { readonly kind: 'one'; readonly matches: (character: string) => boolean };

/**
 * Go's `filepath.Match` within one label: `*`, `[a-z]`, `[^a]`; a malformed pattern matches nothing. Its `?` and `\` cannot occur:
 * the kubelet parses keys as URLs first.
 */
function matchesLabel(pattern: string, label: string): boolean {
  const tokens = labelTokens(pattern);
  if (tokens === undefined) return false;
  let at = 0;
  let next = 0;
  let star: { readonly token: number; readonly at: number } | undefined;
  // Only the last `*` ever has to be tried again.
  while (at < label.length) {
    const token = tokens[next];
    if (token?.kind === 'any-run') {
      star = { token: next, at };
      next += 1;
    } else if (token?.matches(label.charAt(at)) === true) {
      at += 1;
      next += 1;
    } else if (star !== undefined) {
      star = { token: star.token, at: star.at + 1 };
      at = star.at;
      next = star.token + 1;
    } else {
      return false;
    }
  }
  return tokens.slice(next).every((token) => token.kind === 'any-run');
}

function labelTokens(pattern: string): readonly LabelToken[] | undefined {
  const tokens: LabelToken[] = [];
  let at = 0;
  while (at < pattern.length) {
    const character = pattern.charAt(at);
    if (character === '*') tokens.push({ kind: 'any-run' });
    else if (character === '[') {
      const range = readClass(pattern, at + 1);
      if (range === undefined) return undefined;
      tokens.push({ kind: 'one', matches: range.matches });
      at = range.end;
    } else {
      tokens.push({ kind: 'one', matches: (candidate) => candidate === character });
    }
    at += 1;
  }
  return tokens;
}

/** `end` is the index of the closing bracket. */
function readClass(
  pattern: string,
  start: number,
): { readonly matches: (character: string) => boolean; readonly end: number } | undefined {
  const isNegated = pattern.charAt(start) === '^';
  const ranges: (readonly [low: string, high: string])[] = [];
  let at = isNegated ? start + 1 : start;
  while (pattern.charAt(at) !== ']' || ranges.length === 0) {
    const low = classCharacter(pattern, at);
    const isRange = pattern.charAt(at + 1) === '-';
    const high = isRange ? classCharacter(pattern, at + 2) : low;
    if (low === undefined || high === undefined) return undefined;
    ranges.push([low, high]);
    at += isRange ? 3 : 1;
  }
  const isInside = (character: string): boolean => ranges.some(([low, high]) => low <= character && character <= high);
  return { matches: (character) => isInside(character) !== isNegated, end: at };
}

function classCharacter(pattern: string, at: number): string | undefined {
  const character = pattern.charAt(at);
  return character === '' || character === '-' || character === ']' ? undefined : character;
}
