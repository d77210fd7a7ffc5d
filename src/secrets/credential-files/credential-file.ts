// What a format of files with credentials in it is, and the ways in which most of them are read.

import type { Certainty } from '../detector.ts';
import { isDocumentedExample } from '../documented-examples.ts';
import { decodeBase64 } from '../encoded.ts';
import { findSecrets } from '../find-secrets.ts';
import { detectorByName } from '../named-values.ts';
import { isPlaceholder } from '../placeholder.ts';
import { isDrawn, isPath } from '../value-look.ts';
import { type Entry, type EntryForm, entriesOf } from './entries.ts';

/** A credential in the text of a file; offsets are those of the text. */
export interface FoundInFile {
  /** Id of a detector in the list. */
  readonly detector: string;
  readonly certainty: Certainty;
  readonly start: number;
  readonly end: number;
}

export interface CredentialFile {
  /** Base names in small letters; one that ends in `*` stands for all that begin so, and `*.x` for all that end so. */
  readonly names: readonly string[];
  /** What the path must look like too, where the name alone says too little. */
  readonly path?: RegExp;
  /** Whether the file is made to hold logins, so that what looks like one in it is meant. */
  readonly holdsLogins: boolean;
  /** The text has one character for each byte, or for each unit of a UTF-16 text. */
  readonly find: (text: string) => readonly FoundInFile[];
}

/** Shorter values are settings. */
const minSecretLength = 3;

/** What the patterns find is all there is to find. */
export const nothingMore = (): readonly FoundInFile[] => [];

/** Entries whose names are matched whole are what the detector of that id says. */
export function named(
  form: EntryForm,
  rules: readonly (readonly [name: RegExp, detector: string])[],
): (text: string) => readonly FoundInFile[] {
  return (text) =>
    entriesOf(text, form).flatMap((entry) => {
      const rule = rules.find(([name]) => name.test(entry.name));
      return rule === undefined || !isLogin(entry.value) ? [] : [found(rule[1], entry)];
    });
}

/** Each entry is what a variable of that name and value is in an environment. */
export function asVariables(form: EntryForm): (text: string) => readonly FoundInFile[] {
  return (text) => entriesOf(text, form).flatMap(asVariable);
}

function asVariable({ name, value, start, end }: Entry): readonly FoundInFile[] {
  const [match] = value.length < minSecretLength ? [] : findSecrets(value, 'env', name);
  if (match === undefined) return [];
  const isWhole = match.start === 0 && match.end === value.length;
  // A value with escapes in it is shorter than what stands in the text.
  const place =
    isWhole || value.length !== end - start ? { start, end } : { start: start + match.start, end: start + match.end };
  return [{ detector: match.detector, certainty: match.certainty, ...place }];
}

/** Entries that name and look say to be credentials; in settings of all kinds, a word is more often a setting or an example. */
export function asSettings(form: EntryForm): (text: string) => readonly FoundInFile[] {
  return (text) =>
    entriesOf(text, form).flatMap((entry) => {
      const isMade = isDrawn(entry.value) && isDrawn(decodedText(entry.value) ?? entry.value);
      const detector = isMade ? detectorByName(entry.name, entry.value, true) : undefined;
      if (detector === undefined || detector.id === 'named-other-key') return [];
      return [{ detector: detector.id, certainty: detector.certainty, start: entry.start, end: entry.end }];
    });
}

/** What the value says, where it is base64 of text as a whole. */
export function decodedText(value: string): string | undefined {
  const isWhole = /^(?:[A-Za-z0-9+/]{4}){1,8000}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value);
  return isWhole ? decodeBase64(value)?.trim() : undefined;
}

export function found(detector: string, { value, start, end }: Omit<Entry, 'name'>): FoundInFile {
  return { detector, certainty: isDrawn(value) ? 'certain' : 'likely', start, end };
}

/** Whether the value could be a login: not a blank, a reference, a path, or what everybody knows. */
export function isLogin(value: string): boolean {
  return value.length >= minSecretLength && !isPlaceholder(value) && !isPath(value) && !isDocumentedExample(value);
}

/** Whether the value is base64 of a login. */
export function isEncodedLogin(value: string): boolean {
  const decoded = decodeBase64(value);
  return decoded !== undefined && isLogin(decoded);
}

/** Each match of a pattern whose group `secret` is the credential. */
export function matching(pattern: RegExp, detector: string): (text: string) => readonly FoundInFile[] {
  return (text) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const [start, end] = match.indices?.groups?.['secret'] ?? [0, 0];
      const value = text.slice(start, end);
      return isLogin(value) ? [found(detector, { value, start, end })] : [];
    });
}

/** All that any of them finds. */
export function all(
  ...finds: readonly ((text: string) => readonly FoundInFile[])[]
): (text: string) => readonly FoundInFile[] {
  return (text) => finds.flatMap((find) => find(text));
}
