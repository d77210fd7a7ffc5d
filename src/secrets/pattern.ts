// How the patterns of the detectors are put together, so that all mean the same by "on its own" and "assigned to".

/** Nothing that could be part of a longer word stands before; an escape in JSON or a URL (`\n`, `%3D`) may. */
const before = String.raw`(?<![A-Za-z0-9](?<!\\[nrt]|%[0-9A-Fa-f]{2}))`;
const after = '(?![A-Za-z0-9])';

/** A token that stands on its own. `body` is the source of a pattern and names its public part itself: `(?<prefix>ghp_)…`. */
export function standalone(body: string): RegExp {
  return new RegExp(`${before}(?<secret>${body})${after}`, 'dg');
}

/** A token that is recognised wherever it stands, also inside other text, because a fixed length and a checksum or a long prefix bound it. */
export function anywhere(body: string): RegExp {
  return new RegExp(`(?<secret>${body})`, 'dg');
}

/**
 * A value that only its name tells apart: `NAME=value`, `"name": "value"`, `name: value`, `--name value`, `<name>value`.
 * `name` is matched in any case, as the end of a longer name; it must not contain capturing groups.
 */
export function assigned(name: string, value: string): RegExp {
  const separator = String.raw`["']?(?:\s{0,3}(?:=|:|=>|:=)\s{0,3}|\s{1,3}|>)["'\\]{0,2}`;
  return new RegExp(`(?:${anyCase(name)})${separator}(?<secret>${value})${after}`, 'dg');
}

/** Letters in either case, where the whole pattern cannot have the flag because the value's case counts. */
function anyCase(source: string): string {
  return source.replace(/\\.|\[[^\]]*\]|[A-Za-z]/g, (part) => {
    if (part.startsWith('[')) return part.replace(/(?<!A-Z)a-z/, 'A-Za-z');
    return part.length === 1 ? `[${part.toUpperCase()}${part.toLowerCase()}]` : part;
  });
}
