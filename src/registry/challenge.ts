// Reads `WWW-Authenticate`: every challenge of every header line, by the grammar of RFC 9110 section 11.
import { Fault } from '../base/fault.ts';

export interface Challenge {
  /** Lower case: `bearer`, `basic`, `negotiate`, … */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** How a registry wants to be spoken to, when it is a way that this client can. */
export type AuthenticationWay =
  | { readonly kind: 'basic' }
  | {
      readonly kind: 'bearer';
      readonly realm: string;
      readonly service?: string;
      /** As sent: one or several scopes, separated by spaces. */
      readonly scope?: string;
      readonly error?: string;
    };

/** A header of real registries has a few hundred characters. */
const maxChallengeLength = 16_384;

const tokenCharacter = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const token68Tail = /[A-Za-z0-9\-._~+/=]/;

/**
 * Parses a header value; several header lines arrive joined with `, `, which the grammar allows.
 * Runs in time linear in the text.
 * @throws Fault `registry/protocol` for text outside the grammar, or a parameter given twice.
 */
export function parseChallenges(text: string): readonly Challenge[] {
  if (text.length > maxChallengeLength) throw malformed('too long');
  const cursor: Cursor = { text, at: 0 };
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  skipListGap(cursor);
  while (cursor.at < text.length) {
    const name = readToken(cursor);
    if (name === '') throw malformed('no scheme');
    const value = readParameterValue(cursor);
    if (value === undefined) {
      challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
      readAfterScheme(cursor);
    } else {
      const current = challenges.at(-1);
      if (current === undefined) throw malformed('a parameter before any scheme');
      addParameter(current.parameters, name, value);
      readSeparator(cursor);
    }
  }
  return challenges;
}

/** The first Bearer with a realm, else Basic; anything else cannot be answered. */
export function chooseWay(challenges: readonly Challenge[]): AuthenticationWay | undefined {
  for (const { scheme, parameters } of challenges) {
    const realm = parameters.get('realm');
    if (scheme !== 'bearer' || realm === undefined || realm === '') continue;
    return { kind: 'bearer', realm, ...optional(parameters, ['service', 'scope', 'error']) };
  }
  return challenges.some(({ scheme }) => scheme === 'basic') ? { kind: 'basic' } : undefined;
}

function optional(
  parameters: ReadonlyMap<string, string>,
  names: readonly string[],
): { readonly service?: string; readonly scope?: string; readonly error?: string } {
  const entries = names.flatMap((name) => {
    const value = parameters.get(name);
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

interface Cursor {
  readonly text: string;
  at: number;
}

function addParameter(parameters: Map<string, string>, name: string, value: string): void {
  const key = name.toLowerCase();
  if (parameters.has(key)) throw malformed('a parameter stands twice');
  parameters.set(key, value);
}

/** After a scheme: the end, a comma, or a space and then a first parameter or a token68. */
function readAfterScheme(cursor: Cursor): void {
  const start = cursor.at;
  skipSpace(cursor);
  if (atListEnd(cursor)) {
    skipListGap(cursor);
    return;
  }
  if (cursor.at === start) throw malformed('an unexpected character');
  const resume = cursor.at;
  const name = readToken(cursor);
  if (name !== '' && readParameterValue(cursor) !== undefined) {
    cursor.at = resume;
    return;
  }
  cursor.at = resume;
  while (cursor.at < cursor.text.length && token68Tail.test(cursor.text.charAt(cursor.at))) cursor.at += 1;
  if (cursor.at === resume) throw malformed('an unexpected character');
  readSeparator(cursor);
}

/** `= value` after a name, with bad whitespace around it; undefined (and nothing read) when the name is a scheme instead. */
function readParameterValue(cursor: Cursor): string | undefined {
  const start = cursor.at;
  skipSpace(cursor);
  if (cursor.text.charAt(cursor.at) !== '=') {
    cursor.at = start;
    return undefined;
  }
  cursor.at += 1;
  skipSpace(cursor);
  if (cursor.text.charAt(cursor.at) === '"') return readQuoted(cursor);
  const value = readToken(cursor);
  // `=` with nothing behind it ends a token68 such as `Negotiate YII=`.
  if (value === '') cursor.at = start;
  return value === '' ? undefined : value;
}

function readQuoted(cursor: Cursor): string {
  const parts: string[] = [];
  for (let index = cursor.at + 1; index < cursor.text.length; index += 1) {
    const character = cursor.text.charAt(index);
    if (character === '"') {
      cursor.at = index + 1;
      return parts.join('');
    }
    if (character === '\\') index += 1;
    parts.push(cursor.text.charAt(index));
  }
  throw malformed('a quote is not closed');
}

function readToken(cursor: Cursor): string {
  const start = cursor.at;
  while (cursor.at < cursor.text.length && tokenCharacter.test(cursor.text.charAt(cursor.at))) cursor.at += 1;
  return cursor.text.slice(start, cursor.at);
}

function readSeparator(cursor: Cursor): void {
  skipSpace(cursor);
  if (!atListEnd(cursor)) throw malformed('no comma where one belongs');
  skipListGap(cursor);
}

function atListEnd(cursor: Cursor): boolean {
  return cursor.at >= cursor.text.length || cursor.text.charAt(cursor.at) === ',';
}

function skipSpace(cursor: Cursor): void {
  while (/[ \t]/.test(cursor.text.charAt(cursor.at))) cursor.at += 1;
}

/** Commas with nothing between them are legal in a list (RFC 9110 5.6.1.2). */
function skipListGap(cursor: Cursor): void {
  while (/[ \t,]/.test(cursor.text.charAt(cursor.at))) cursor.at += 1;
}

function malformed(what: string): Fault {
  return new Fault('registry/protocol', `the registry sent a login challenge that cannot be read (${what})`);
}
