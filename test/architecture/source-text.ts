// Reads TypeScript as far as the architecture rules need it: what is code, what is comment, and what is imported.

export interface ImportStatement {
  readonly specifier: string;
  /** `import type …` and `export type … from`: erased before the program runs, and still a dependency. */
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface SourceFile {
  /** Relative to `src/`, with `/`: `oci/digest.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the contents of strings replaced by spaces; every offset stays what it was. */
  readonly code: string;
  readonly imports: readonly ImportStatement[];
}

export function sourceFile(path: string, text: string): SourceFile {
  const code = blankCommentsAndStrings(text);
  return { path, text, code, imports: importsIn(text, code) };
}

/** Line of an offset, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

const statement = /\b(import|export)\b((?:\s+type\b)?)[^'"`;()]*?\bfrom\s*(['"]) *\3/g;
const bareOrDynamic = /\bimport\s*\(?\s*(['"]) *\1/g;

function importsIn(text: string, code: string): readonly ImportStatement[] {
  const found: ImportStatement[] = [];
  for (const match of code.matchAll(statement)) {
    found.push({
      specifier: lastString(text, match.index, match[0].length),
      typeOnly: (match[2] ?? '') !== '',
      line: lineAt(text, match.index),
    });
  }
  for (const match of code.matchAll(bareOrDynamic)) {
    found.push({
      specifier: lastString(text, match.index, match[0].length),
      typeOnly: false,
      line: lineAt(text, match.index),
    });
  }
  return found;
}

/** The content of the string literal that ends a match. */
function lastString(text: string, start: number, length: number): string {
  const matched = text.slice(start, start + length - 1);
  const quote = text.charAt(start + length - 1);
  return matched.slice(matched.lastIndexOf(quote) + 1);
}

/** A slash after one of these, or after one of the words, begins a regular expression and does not divide. */
const beforeRegex = new Set(['', '(', ',', '=', ':', '[', '!', '&', '|', '?', '{', '}', ';', '>', '+', '-', '*', '%']);
const wordsBeforeRegex = /\b(?:return|typeof|case|in|of|void|delete|throw|new|yield|await)$/;

export function blankCommentsAndStrings(text: string): string {
  const pieces: string[] = [];
  /** Depth of braces at which each open `${` of a template ends. */
  const templates: number[] = [];
  let braces = 0;
  let at = 0;
  const keep = (end: number): void => {
    pieces.push(text.slice(at, end));
    at = end;
  };
  const blank = (end: number): void => {
    pieces.push(text.slice(at, end).replace(/[^\n]/g, ' '));
    at = end;
  };
  const template = (): void => {
    const end = endOfTemplate(text, at);
    blank(end);
    const opens = text.startsWith('${', at);
    if (opens) {
      braces++;
      templates.push(braces);
    }
    keep(Math.min(text.length, at + (opens ? 2 : 1)));
  };
  while (at < text.length) {
    const character = text.charAt(at);
    if (text.startsWith('//', at)) blank(endOf(text.indexOf('\n', at), text));
    else if (text.startsWith('/*', at)) blank(endOf(text.indexOf('*/', at + 2), text, 2));
    else if (character === "'" || character === '"') {
      const end = endOfQuoted(text, at, character);
      keep(at + 1);
      blank(end - 1);
      keep(end);
    } else if (character === '`') {
      keep(at + 1);
      template();
    } else if (character === '/' && beginsRegex(pieces.join('').slice(-80))) blank(endOfRegex(text, at));
    else if (character === '{') {
      braces++;
      keep(at + 1);
    } else if (character === '}') {
      const closes = templates.at(-1) === braces;
      braces--;
      keep(at + 1);
      if (closes) {
        templates.pop();
        template();
      }
    } else keep(endOfPlain(text, at));
  }
  return pieces.join('');
}

function endOf(index: number, text: string, extra = 0): number {
  return index === -1 ? text.length : index + extra;
}

function endOfPlain(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && !'/\'"`{}'.includes(text.charAt(end))) end++;
  return end;
}

function endOfQuoted(text: string, at: number, quote: string): number {
  let end = at + 1;
  while (end < text.length && text.charAt(end) !== quote) end += text.charAt(end) === '\\' ? 2 : 1;
  return Math.min(text.length, end + 1);
}

/** Where the literal part of a template ends: at its closing backtick or at the next `${`. */
function endOfTemplate(text: string, at: number): number {
  let end = at;
  while (end < text.length && text.charAt(end) !== '`' && !text.startsWith('${', end)) {
    end += text.charAt(end) === '\\' ? 2 : 1;
  }
  return Math.min(text.length, end);
}

function endOfRegex(text: string, at: number): number {
  let end = at + 1;
  let inClass = false;
  while (end < text.length && text.charAt(end) !== '\n') {
    const character = text.charAt(end);
    if (character === '\\') end++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return end + 1;
    end++;
  }
  return end;
}

function beginsRegex(before: string): boolean {
  const trimmed = before.trimEnd();
  return beforeRegex.has(trimmed.slice(-1)) || wordsBeforeRegex.test(trimmed);
}
