// Reads RPM's database of installed packages: a header for each, in SQLite since 4.16, in Berkeley DB before, in ndb with SUSE.
import { berkeleyHashValues } from './berkeley-hash.ts';
import { buildPackageOf } from './build-packages.ts';
import { DamagedDatabase } from './damaged-database.ts';
import { ndbBlobs } from './ndb-blobs.ts';
import type { InstalledPackage, PackageDatabase, PathLines } from './packaging-document.ts';
import { sqliteRows } from './sqlite-table.ts';
import { isNameLike, PathBudget, pathLines } from './text-lines.ts';

/** Tags and types of a header (rpmtag.h), as far as they are read. */
const tags = {
  name: 1000,
  version: 1001,
  release: 1002,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
};
const types = { int32: 4, string: 6, stringArray: 8, localisedString: 9 };

/** Undefined for anything else, and for what is damaged. */
export function parseRpmDatabase(bytes: Uint8Array): PackageDatabase | undefined {
  try {
    return packagesOf(headerBlobs(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
  } catch (thrown) {
    if (thrown instanceof DamagedDatabase || thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** One after the other, because together they are as large as the database. What is in none of the forms is a damaged one. */
function* headerBlobs(bytes: Buffer): Generator<Uint8Array> {
  const start = bytes.toString('latin1', 0, 4);
  if (start === 'RpmP') yield* ndbBlobs(bytes);
  else if (start !== 'SQLi') yield* berkeleyHashValues(bytes);
  else for (const [, blob] of sqliteRows(bytes, 'Packages')) if (blob instanceof Uint8Array) yield blob;
}

function packagesOf(blobs: Iterable<Uint8Array>): PackageDatabase | undefined {
  const packages: InstalledPackage[] = [];
  const budget = new PathBudget();
  let installed = 0;
  for (const blob of blobs) {
    const header = headerOf(Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength));
    const [name = ''] = header?.texts(tags.name) ?? [];
    // Keys that sign packages are among them, and in Berkeley DB a count.
    if (header === undefined || !isNameLike(name) || name === 'gpg-pubkey') continue;
    installed += 1;
    if (buildPackageOf(name) === undefined) continue;
    const version = [header.texts(tags.version)[0], header.texts(tags.release)[0]].join('-');
    const files = filesOf(header, budget);
    if (files === undefined) return undefined;
    packages.push({ name, version: isNameLike(version) ? version : '', files });
  }
  return { kind: 'package-database', manager: 'rpm', installed, packages };
}

/** Directories are among them; they are nobody's bytes. Undefined where there are too many. */
function filesOf(header: Header, budget: PathBudget): PathLines | undefined {
  const directories = header.texts(tags.directoryNames).map((one) => one.replace(/^\/+/, ''));
  const indexes = header.numbers(tags.directoryIndexes);
  const files: string[] = [];
  for (const [at, name] of header.texts(tags.baseNames).entries()) {
    const path = `${directories[indexes[at] ?? -1] ?? ''}${name}`;
    if (!budget.take(path)) return undefined;
    files.push(path);
  }
  return pathLines(files);
}

interface Header {
  readonly texts: (tag: number) => readonly string[];
  readonly numbers: (tag: number) => readonly number[];
}

/** Counts of entries and of bytes, then the entries (tag, type, offset, count), then the bytes they point into; all big-endian. */
function headerOf(blob: Buffer): Header | undefined {
  if (blob.length < 8) return undefined;
  const [entries, dataBytes] = [blob.readUInt32BE(0), blob.readUInt32BE(4)];
  const dataStart = 8 + entries * 16;
  if (dataStart + dataBytes > blob.length) return undefined;
  const data = blob.subarray(dataStart, dataStart + dataBytes);
  const places = new Map<number, { readonly type: number; readonly offset: number; readonly count: number }>();
  for (let at = 8; at < dataStart; at += 16) {
    const [type, offset, count] = [blob.readUInt32BE(at + 4), blob.readUInt32BE(at + 8), blob.readUInt32BE(at + 12)];
    places.set(blob.readUInt32BE(at), { type, offset, count });
  }
  return {
    texts(tag) {
      const place = places.get(tag);
      const isText =
        place !== undefined && [types.string, types.stringArray, types.localisedString].includes(place.type);
      return isText ? textsFrom(data, place.offset, place.count) : [];
    },
    numbers(tag) {
      const place = places.get(tag);
      if (place?.type !== types.int32 || place.offset + place.count * 4 > data.length) return [];
      return Array.from({ length: place.count }, (_, index) => data.readUInt32BE(place.offset + index * 4));
    },
  };
}

/** Each ends in a NUL. */
function textsFrom(data: Buffer, offset: number, count: number): readonly string[] {
  const texts: string[] = [];
  for (let at = offset; texts.length < count && at < data.length; ) {
    const end = data.indexOf(0, at);
    if (end === -1) return texts;
    texts.push(data.toString('utf8', at, end));
    at = end + 1;
  }
  return texts;
}
