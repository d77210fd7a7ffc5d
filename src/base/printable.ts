// Text from strangers, made safe to print: control and direction-changing characters escaped, length bounded.

/** C0, DEL, C1, line and paragraph separators, bidirectional controls, zero-width characters, byte order mark, lone surrogates. */
const unprintable =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** What most texts are made of; asked first, because it is told much faster. */
const plain = /^[\x20-\x7e]*$/;

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Cuts at a whole character, never inside a surrogate pair; the ellipsis counts. */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const end = maxLength - 1;
  const last = text.charCodeAt(end - 1);
  return `${text.slice(0, last >= 0xd800 && last <= 0xdbff ? end - 1 : end)}…`;
}

/** A file name longer than this is mostly a digest; both its ends tell it from others. */
const maxNameLength = 60;
const maxShownNameLength = 25;

/** A path as `printable` makes it, where what is too long loses its middle: the first folders and the last name say what it is. */
export function printablePath(path: string, maxLength = 120): string {
  const names = path
    .split('/')
    .map((name) => (name.length > maxNameLength ? withoutMiddle(name, maxShownNameLength) : name));
  return printable(withoutMiddle(names.join('/'), maxLength), maxLength);
}

function withoutMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const tail = Math.floor((maxLength - 1) / 2);
  return `${text.slice(0, maxLength - 1 - tail)}…${text.slice(-tail)}`;
}

/** At most `maxLength` UTF-16 units, without any character that moves the cursor, hides text or breaks a line. */
export function printable(text: string, maxLength = 200): string {
  if (text.length <= maxLength && plain.test(text)) return text;
  // Cut before escaping as well: a stranger's text may be very long, and escaping only makes it longer.
  return shorten(shorten(text, maxLength + 1).replace(unprintable, escapeOf), maxLength);
}
