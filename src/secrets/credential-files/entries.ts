// Reads names and their values out of the forms in which settings are written, leniently: a line that is none is passed over.

/** Offsets are those of the value in the text, without its quotes. */
export interface Entry {
  readonly name: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** `equals`: INI, env, TOML, HCL. `properties`: Java's, with `=` or `:`. `yaml`: `name: value`, and `- NAME=value`. */
export type EntryForm = 'equals' | 'properties' | 'yaml' | 'json' | 'xml' | 'php';

const lineForms = {
  equals:
    /^[ \t]*(?:export[ \t]{1,8}|set[ \t]{1,8})?["']?([^\s="'#;[<>](?:[^\n="'<>]{0,198}[^\s="'<>])?)["']?[ \t]{0,80}=[ \t]{0,80}(.*)$/gm,
  properties: /^[ \t]*([^\s=:"'#;![<>][^\s=:"'<>]{0,200})[ \t]{0,80}[=:][ \t]{0,80}(.*)$/gm,
  yaml: /^[ \t]*(?:-[ \t]{1,8}){0,3}["']?([^\s="'#:[{<>](?:[^\n="':#]{0,118}[^\s="':#])?)["']?(?::[ \t]{1,80}|=)(.*)$/gm,
} as const;

const jsonPair = /"((?:[^"\\\n]|\\.){1,200})"[ \t\r\n]{0,40}:[ \t\r\n]{0,40}"((?:[^"\\\n]|\\.){1,16000})"/g;
const xmlElement = /<([A-Za-z][\w.:-]{0,100})(?:\s[^<>]{0,400})?>([^<>]{1,4096})<\/\1>/g;
const xmlAdd = /<\w{1,40}\s[^<>]{0,400}?\b(?:key|name)="([^"<>]{1,200})"\s{1,80}value="([^"<>]{1,4096})"/g;
const xmlComment = /<!--[\s\S]*?(?:-->|$)/g;
const phpDefine = /\bdefine\s{0,8}\(\s{0,8}["']([\w.-]{1,100})["']\s{0,8},\s{0,8}["']([^"'\n]{1,4096})["']/g;
const phpItem = /["']([\w.-]{1,100})["']\s{0,40}=>\s{0,8}["']([^"'\n]{1,4096})["']/g;

/** The entries in order; of an unusual text fewer, never wrong ones. */
export function entriesOf(text: string, form: EntryForm): readonly Entry[] {
  switch (form) {
    case 'equals':
    case 'properties':
    case 'yaml':
      return [...text.matchAll(lineForms[form])].flatMap(lineEntry);
    case 'json':
      return [...text.matchAll(jsonPair)].map(jsonEntry);
    case 'xml': {
      const live = text.replace(xmlComment, (comment) => ' '.repeat(comment.length));
      return [...live.matchAll(xmlElement), ...live.matchAll(xmlAdd)].map((match) => trimmed(plainEntry(match, 0)));
    }
    case 'php':
      return [...text.matchAll(phpDefine), ...text.matchAll(phpItem)].map((match) => plainEntry(match, 1));
    default:
      return form satisfies never;
  }
}

/** The value is the last group, and ends where the line ends. */
function lineEntry(match: RegExpExecArray): readonly Entry[] {
  const [whole, name = '', rest = ''] = match;
  const from = match.index + whole.length - rest.length;
  const { start, end } = valueIn(rest);
  return start === end ? [] : [{ name, value: rest.slice(start, end), start: from + start, end: from + end }];
}

/** Within its quotes, or up to a comment; without what ends a list or a statement. */
function valueIn(rest: string): { readonly start: number; readonly end: number } {
  const quote = rest.charAt(0);
  if (quote === '"' || quote === "'") {
    for (let index = 1; index < rest.length; index++) {
      if (rest[index] === '\\' && quote === '"') index++;
      else if (rest[index] === quote) return { start: 1, end: index };
    }
    return { start: 0, end: 0 };
  }
  const comment = /[ \t][#;]/.exec(rest)?.index ?? rest.length;
  return { start: 0, end: rest.slice(0, comment).replace(/[\s,]{1,80}$/, '').length };
}

function jsonEntry(match: RegExpExecArray): Entry {
  const entry = plainEntry(match, 1);
  return { ...entry, value: entry.value.replace(/\\(["\\/])/g, '$1') };
}

/** The value is the last group, and the next to last thing of the match but for `after` characters or the rest of a tag. */
function plainEntry(match: RegExpExecArray, after: number): Entry {
  const [whole, name = '', value = ''] = match;
  const at = after === 0 ? whole.lastIndexOf(value) : whole.length - after - value.length;
  const start = match.index + at;
  return { name, value, start, end: start + value.length };
}

function trimmed({ name, value, start }: Entry): Entry {
  const lead = value.length - value.trimStart().length;
  return { name, value: value.trim(), start: start + lead, end: start + lead + value.trim().length };
}
