// Reads the files of a zip archive (jar, war, whl, apk) that is in memory, by its central directory.
import { type ArchiveMember, UnreadArchive, type UnreadReason } from './archive-member.ts';

const endSignature = 0x06054b50;
const endBytes = 22;
const maxCommentBytes = 0xffff;
const centralSignature = 0x02014b50;
const centralBytes = 46;
const localSignature = 0x04034b50;
const localBytes = 30;
const encryptedFlag = 1;
const stored = 0;
const deflated = 8;
/** Stands where the 64-bit extension has the number. */
const extended = 0xffffffff;

/** The files in the order of the directory, and for each that cannot be read the reason. @throws UnreadArchive where there is no directory. */
export function* zipMembers(bytes: Buffer, inflate: (data: Buffer) => Buffer): Generator<ArchiveMember | UnreadReason> {
  const end = endRecord(bytes);
  if (end === undefined) throw new UnreadArchive('damaged');
  const entries = bytes.readUInt16LE(end + 10);
  // Other bytes may stand before the archive; its offsets then begin behind them.
  const size = bytes.readUInt32LE(end + 12);
  const shift = end - size - bytes.readUInt32LE(end + 16);
  if (size === extended || shift < 0) throw new UnreadArchive(size === extended ? 'unsupported' : 'damaged');
  let at = end - size;
  for (let entry = 0; entry < entries; entry++) {
    if (at + centralBytes > end || bytes.readUInt32LE(at) !== centralSignature) throw new UnreadArchive('damaged');
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + centralBytes, at + centralBytes + nameLength);
    if (bytes.readUInt32LE(at + 20) > 0) yield readMember(bytes, { at, name, shift }, inflate);
    at += centralBytes + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
}

interface DirectoryEntry {
  readonly at: number;
  readonly name: string;
  readonly shift: number;
}

function readMember(
  bytes: Buffer,
  { at, name, shift }: DirectoryEntry,
  inflate: (data: Buffer) => Buffer,
): ArchiveMember | UnreadReason {
  if ((bytes.readUInt16LE(at + 8) & encryptedFlag) !== 0) return 'encrypted';
  const method = bytes.readUInt16LE(at + 10);
  const size = bytes.readUInt32LE(at + 20);
  const local = bytes.readUInt32LE(at + 42) + shift;
  if (size === extended || local - shift === extended || (method !== stored && method !== deflated))
    return 'unsupported';
  if (local + localBytes > bytes.length || bytes.readUInt32LE(local) !== localSignature) return 'damaged';
  const from = local + localBytes + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  if (from + size > bytes.length) return 'damaged';
  const data = bytes.subarray(from, from + size);
  if (method === stored) return { name, bytes: data };
  try {
    return { name, bytes: inflate(data) };
  } catch (error) {
    if (error instanceof UnreadArchive) return error.reason;
    throw error;
  }
}

function endRecord(bytes: Buffer): number | undefined {
  const first = Math.max(0, bytes.length - endBytes - maxCommentBytes);
  for (let at = bytes.length - endBytes; at >= first; at--) {
    if (bytes.readUInt32LE(at) === endSignature) return at;
  }
  return undefined;
}
