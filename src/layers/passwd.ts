// Reads /etc/passwd and /etc/group as container runtimes do (moby/sys/user), and keeps nothing of them that nobody needs.
import { textBetween } from './tar-text.ts';

/** What a field of digits came to; what is no number is 0, as it is to the runtime. */
export type AccountId = number | 'out-of-range';

export interface PasswdUser {
  readonly name: string;
  readonly uid: AccountId;
  readonly gid: AccountId;
}

export interface PasswdGroup {
  readonly name: string;
  readonly gid: AccountId;
}

/** In the order of the file, where the first match counts; undefined for a file at which the runtime gives up. */
export type Accounts<T> = readonly T[] | undefined;

/** Go's bufio.Scanner gives up when this many bytes have no line end in them; for groups moby/sys/user allows more. */
const passwdLineBytes = 64 * 1024;
const groupLineBytes = 1024 * 1024;

const newline = 0x0a;

/** What Go's `bytes.TrimSpace` takes for space. */
const outerSpace =
  /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

/** Every line that is not empty is a user, also one that begins with `#`. */
export function parsePasswd(bytes: Uint8Array): Accounts<PasswdUser> {
  return linesOf(bytes, passwdLineBytes)?.map((line) => {
    const [name = '', , uid, gid] = line.split(':');
    return { name, uid: idOf(uid), gid: idOf(gid) };
  });
}

/** Lines that begin with `#` are comments. */
export function parseGroup(bytes: Uint8Array): Accounts<PasswdGroup> {
  return linesOf(bytes, groupLineBytes)
    ?.filter((line) => !line.startsWith('#'))
    .map((line) => {
      const [name = '', , gid] = line.split(':');
      return { name, gid: idOf(gid) };
    });
}

function linesOf(bytes: Uint8Array, maxLineBytes: number): readonly string[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: string[] = [];
  for (let start = 0; start < buffer.length; ) {
    const at = buffer.indexOf(newline, start);
    const end = at === -1 ? buffer.length : at;
    if (end - start >= maxLineBytes) return undefined;
    const line = textBetween(buffer, start, end).replace(outerSpace, '');
    if (line !== '') lines.push(line);
    start = end + 1;
  }
  return lines;
}

/** moby/sys/user `maxID`: 2^31 - 1. */
const maxId = 2_147_483_647;

/** Go's `strconv.Atoi` with its errors ignored: a number that is too large stays one, anything else is 0. */
function idOf(field = ''): AccountId {
  if (!/^[+-]?[0-9]+$/.test(field)) return 0;
  const value = Number(field);
  // -0 is 0 to Go and a number of its own here.
  return value < 0 || value > maxId ? 'out-of-range' : value + 0;
}
