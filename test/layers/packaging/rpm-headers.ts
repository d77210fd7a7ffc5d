// Makes the headers that RPM keeps of installed packages, and databases of them, as SQLite writes them.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface RpmPackage {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  /** Absolute. */
  readonly files: readonly string[];
}

/** A header's bytes: counts, entries, data. */
export function rpmHeader({ name, version, release, files }: RpmPackage): Buffer {
  const split = files.map((path) => [path.slice(0, path.lastIndexOf('/') + 1), path.slice(path.lastIndexOf('/') + 1)]);
  const directories = [...new Set(split.map(([directory = '']) => directory))];
  const texts = (all: readonly string[]) => Buffer.from(all.map((one) => `${one}\0`).join(''));
  const indexes = Buffer.alloc(split.length * 4);
  for (const [at, [directory = '']] of split.entries()) indexes.writeUInt32BE(directories.indexOf(directory), at * 4);
  const fields: readonly (readonly [tag: number, type: number, count: number, data: Buffer])[] = [
    [1000, 6, 1, texts([name])],
    [1001, 6, 1, texts([version])],
    [1002, 6, 1, texts([release])],
    [1116, 4, split.length, indexes],
    [1117, 8, split.length, texts(split.map(([, base = '']) => base))],
    [1118, 8, directories.length, texts(directories)],
  ];
  const head = Buffer.alloc(8 + fields.length * 16);
  let offset = 0;
  for (const [at, [tag, type, count, data]] of fields.entries()) {
    for (const [field, value] of [tag, type, offset, count].entries())
      head.writeUInt32BE(value, 8 + at * 16 + field * 4);
    offset += data.length;
  }
  head.writeUInt32BE(fields.length, 0);
  head.writeUInt32BE(offset, 4);
  return Buffer.concat([head, ...fields.map(([, , , data]) => data)]);
}

/** The bytes of a database with a row for each blob, in the schema of RPM's. */
export function rpmDatabase(directory: string, blobs: readonly Buffer[], pageBytes = 4096): Buffer {
  const path = join(directory, `${randomUUID()}.sqlite`);
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA synchronous = OFF`);
  database.exec('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)');
  database.exec('CREATE TABLE Name (key TEXT NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL)');
  const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
  database.exec('BEGIN');
  for (const blob of blobs) insert.run(blob);
  database.exec('COMMIT');
  database.close();
  return readFileSync(path);
}
