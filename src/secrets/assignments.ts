// Reads names with their values out of text: build instructions, command lines, JSON, connection strings, query strings.
import type { TextKind } from './detector.ts';

/** A value that was wanted; offsets are those of the value without its quotes. */
export interface Assigned<T> {
  readonly wanted: T;
  readonly start: number;
  readonly end: number;
}

/**
 * Whether an assignment is wanted. `head` is the beginning of the value, which is enough to judge it. `inline` ones stand in a line for a
 * shell or a program, which fills in `$NAME` wherever it stands.
 */
export type Want<T> = (name: string, head: string, inline: boolean) => T | undefined;

/** Characters of a value that are judged: keeps the work for each name bounded, however long the value is. */
export const maxHeadLength = 256;

/** An unclosed quote must not reach to the end of the text. */
const maxQuotedLength = 4096;

/** `ENV A=1 B=2` as builders record it: values are not quoted, and may contain spaces. */
const setting = /^(?:\/bin\/sh -c #\(nop\)\s{1,2})?(?:ENV|ARG|LABEL)\s/;
/** `|2 A=1 B=2 /bin/sh -c …`: the build arguments in force at a RUN, not quoted either. */
const buildArguments = /^(?:RUN )?\|\d{1,3} /;
const shellStart = /\s(?:\/\S{0,100}\/)?(?:sh|ash|bash|dash|zsh|cmd|powershell|pwsh)(?:\.exe)?(?:\s|$)/i;
const pair = /(?<=^|\s)([A-Za-z_][\w.-]{0,120})=/g;

const inlineName =
  /(?<![\w.-])(?:-{0,2}([A-Za-z_][\w.-]{1,80})=|\\?["']([A-Za-z_][\w.-]{1,80})\\?["']\s{0,2}:\s{0,2}(?=\\?["'])|(?<=^[ \t]{0,40})([A-Za-z_][\w.-]{1,80}):[ \t]|--([A-Za-z][\w.-]{1,80})\s{1,2}(?=[^\s-]))/gm;

/** Where an unquoted value ends: a word of a shell, a parameter of a query, a part of a list. */
const wordEnd = /[\s;&|<>,"'`)]/g;

/** The wanted assignments in a text. Inside a value that is not wanted, further ones are looked for (`JAVA_OPTS=-Dpassword=x`). */
export function findAssignments<T>(text: string, kind: TextKind, want: Want<T>): readonly Assigned<T>[] {
  const inInstruction = kind === 'history' || kind === 'command' ? instructionAssignments(text, want) : [];
  return [...inInstruction, ...inlineAssignments(text, want)];
}

function inlineAssignments<T>(text: string, want: Want<T>): readonly Assigned<T>[] {
  const found: Assigned<T>[] = [];
  const names = new RegExp(inlineName);
  for (let match = names.exec(text); match !== null; match = names.exec(text)) {
    const name = match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
    const from = match.index + match[0].length;
    const quote = /^\\?["']/.exec(text.slice(from, from + 2))?.[0] ?? '';
    const start = from + quote.length;
    const head = text.slice(start, inlineEnd(text, start, quote, maxHeadLength));
    const wanted = want(name, head, true);
    if (wanted === undefined) continue;
    const end = inlineEnd(text, start, quote, quote === '' ? text.length : maxQuotedLength);
    found.push({ wanted, start, end });
    names.lastIndex = end;
  }
  return found;
}

/** To the closing quote, or as far as a word goes; at most `limit` characters on. */
function inlineEnd(text: string, start: number, quote: string, limit: number): number {
  const stretch = text.slice(start, Math.min(text.length, start + limit));
  const end = quote === '' ? stretch.search(wordEnd) : stretch.indexOf(quote);
  return start + (end === -1 ? stretch.length : end);
}

function instructionAssignments<T>(text: string, want: Want<T>): readonly Assigned<T>[] {
  const build = buildArguments.exec(text);
  const from = build?.[0].length ?? setting.exec(text)?.[0].length;
  if (from === undefined) return [];
  const limit = build === null ? text.length : endOfArguments(text, from);
  const pairs = [...text.slice(0, limit).matchAll(pair)].filter((match) => match.index >= from);
  return pairs.flatMap((match, index) => {
    const next = pairs[index + 1]?.index ?? limit;
    const { start, end } = trimmed(text, match.index + match[0].length, next);
    const wanted = want(match[1] ?? '', text.slice(start, Math.min(end, start + maxHeadLength)), false);
    return wanted === undefined ? [] : [{ wanted, start, end }];
  });
}

function endOfArguments(text: string, from: number): number {
  const shell = shellStart.exec(text.slice(from));
  return shell === null ? text.length : from + shell.index;
}

/** Without white space and a pair of quotes round it. */
function trimmed(text: string, start: number, end: number): { start: number; end: number } {
  const value = text.slice(start, end).trimEnd();
  const last = start + value.length;
  const quoted = value.length >= 2 && /^["']/.test(value) && value.startsWith(value.slice(-1));
  return quoted ? { start: start + 1, end: last - 1 } : { start, end: last };
}
