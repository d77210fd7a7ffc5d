// Reads names with their values out of text: environment entries, build instructions, command lines, JSON, query strings.
import type { TextKind } from './detector.ts';

/** A value and its name; offsets are those of the value without its quotes. */
export interface Assignment {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Written in a line for a shell or a program, which fills in `$NAME` wherever it stands. */
  readonly inline: boolean;
}

/** Longer values are cut: no password is longer, and an unclosed quote must not reach to the end of the text. */
const maxValueLength = 4096;

/** `ENV A=1 B=2` as builders record it: values are not quoted, and may contain spaces. */
const setting = /^(?:\/bin\/sh -c #\(nop\)\s{1,2})?(?:ENV|ARG|LABEL)\s/;
/** `|2 A=1 B=2 /bin/sh -c …`: the build arguments in force at a RUN, not quoted either. */
const buildArguments = /^(?:RUN )?\|\d{1,3} /;
const shellStart = /\s(?:\/\S{0,100}\/)?(?:sh|ash|bash|dash|zsh|cmd|cmd\.exe|powershell|pwsh)(?:\.exe)?(?:\s|$)/i;
const pair = /(?<=^|\s)([A-Za-z_][\w.-]{0,120})=/g;

const inlineName =
  /(?<![\w.-])(?:-{0,2}([A-Za-z_][\w.-]{1,80})=|\\?["']([A-Za-z_][\w.-]{1,80})\\?["']\s{0,2}:\s{0,2}(?=\\?["'])|(?<=^[ \t]{0,40})([A-Za-z_][\w.-]{1,80}):[ \t]|--([A-Za-z][\w.-]{1,80})\s{1,2}(?=[^\s-]))/gm;

/** In order of where the values begin; an inner assignment (`-Dpassword=x` in `JAVA_OPTS=…`) comes beside the outer one. */
export function* findAssignments(text: string, kind: TextKind): Generator<Assignment> {
  if (kind === 'history' || kind === 'command') yield* instructionPairs(text);
  inlineName.lastIndex = 0;
  const name = new RegExp(inlineName);
  for (let match = name.exec(text); match !== null; match = name.exec(text)) {
    const start = match.index + match[0].length;
    const value = valueAt(text, start);
    yield { name: match[1] ?? match[2] ?? match[3] ?? match[4] ?? '', ...value, inline: true };
  }
}

function* instructionPairs(text: string): Generator<Assignment> {
  const build = buildArguments.exec(text);
  const from = build?.[0].length ?? setting.exec(text)?.[0].length;
  if (from === undefined) return;
  const limit = build === null ? text.length : endOfArguments(text, from);
  const pairs = [...text.slice(0, limit).matchAll(pair)].filter((match) => match.index >= from);
  for (const [index, match] of pairs.entries()) {
    const next = pairs[index + 1]?.index ?? limit;
    yield { name: match[1] ?? '', ...trimmed(text, match.index + match[0].length, next), inline: false };
  }
}

function endOfArguments(text: string, from: number): number {
  const shell = shellStart.exec(text.slice(from));
  return shell === null ? text.length : from + shell.index;
}

/** The value that begins at `start`: to its closing quote, or as far as a shell word goes. */
function valueAt(text: string, start: number): { start: number; end: number } {
  const limit = Math.min(text.length, start + maxValueLength);
  const quote = /^\\?["']/.exec(text.slice(start, start + 2))?.[0];
  if (quote === undefined) {
    const end = text.slice(start, limit).search(/[\s;&|<>,"'`)]/);
    return { start, end: end === -1 ? limit : start + end };
  }
  const opened = start + quote.length;
  const closed = text.indexOf(quote, opened);
  return { start: opened, end: closed === -1 || closed > limit ? limit : closed };
}

/** Without white space and a pair of quotes round it. */
function trimmed(text: string, start: number, end: number): { start: number; end: number } {
  const value = text.slice(start, end).trimEnd();
  const last = start + value.length;
  const quoted = value.length >= 2 && /^(["']).*\1$/s.test(value);
  return quoted ? { start: start + 1, end: last - 1 } : { start, end: last };
}
