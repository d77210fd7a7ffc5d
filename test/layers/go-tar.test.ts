// The tar reader against Go's archive/tar itself: what we read, Go reads alike; what Go refuses, we refuse.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { bytesOf, type ReadEntry, readTar } from './read-tar.ts';
import { damagedArchive, strangeArchive, wholeArchive } from './tar-samples.ts';

interface GoArchive {
  readonly entries: readonly unknown[];
  readonly error: string;
}

const flagByType = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  global: 'g',
} as const;

/** An entry in the words of the Go program. */
function inGo(entry: ReadEntry): unknown {
  return {
    type: flagByType[entry.type],
    path: hexOf(entry.path),
    target: hexOf(entry.target),
    size: entry.size,
    mode: entry.mode,
    uid: inDouble(entry.uid),
    gid: inDouble(entry.gid),
    xattrs: entry.xattrs.map(hexOf).toSorted(),
    crc: crc32(entry.content),
  };
}

function hexOf(text: string): string {
  return bytesOf(text).toString('hex');
}

/** What Go says of each, without what we do not keep: targets of what is no link, and the fields of global headers. */
function readByGo(archives: readonly Uint8Array[]): Promise<readonly GoArchive[]> {
  const frames = archives.flatMap((archive) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(archive.length);
    return [length, archive];
  });
  return new Promise((resolve, reject) => {
    const program = join(import.meta.dirname, 'go-tar', 'main.go');
    const options = { maxBuffer: 2 ** 30, env: { ...process.env, GOFLAGS: '-mod=mod', GO111MODULE: 'off' } };
    const child = execFile('go', ['run', program], options, (error, stdout) => {
      if (error !== null) reject(error);
      else resolve(stdout.trim().split('\n').map(goArchive));
    });
    child.stdin?.end(Buffer.concat(frames));
  });
}

function goArchive(line: string): GoArchive {
  const parsed: unknown = JSON.parse(line);
  assert.ok(typeof parsed === 'object' && parsed !== null && 'entries' in parsed && 'error' in parsed);
  assert.ok(Array.isArray(parsed.entries) && typeof parsed.error === 'string');
  return { entries: parsed.entries.map(withoutUnkept), error: parsed.error };
}

function withoutUnkept(entry: unknown): unknown {
  assert.ok(typeof entry === 'object' && entry !== null && 'type' in entry);
  const type = entry.type === 'S' ? '0' : entry.type;
  if (type === 'g') return { ...entry, mode: 0, uid: 0, gid: 0, size: 0, target: '', xattrs: [] };
  const size = type === '0' && 'size' in entry ? entry.size : 0;
  const owner = 'uid' in entry && 'gid' in entry ? { uid: inDouble(entry.uid), gid: inDouble(entry.gid) } : {};
  return { ...entry, ...owner, type, size, ...(type === '1' || type === '2' ? {} : { target: '' }) };
}

/** Beyond the integers of a double only the sign is compared. */
function inDouble(value: unknown): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) ? Math.sign(value) * Infinity : value;
}

suite('as Go reads', { skip: skipWithout('go') }, () => {
  test('whole, damaged and strange archives', async () => {
    const archives = [
      ...fc.sample(wholeArchive, 300),
      ...fc.sample(damagedArchive, 1500),
      ...fc.sample(strangeArchive, 1500),
    ];
    const seenByGo = await readByGo(archives);
    const counts = { same: 0, refusedByBoth: 0, refusedByUs: 0 };
    for (const [index, archive] of archives.entries()) {
      const go = seenByGo[index];
      assert.ok(go !== undefined);
      const context = () => `archive ${index}, Go: ${JSON.stringify(go)}\n${archive.toString('base64')}`;
      try {
        const { entries } = readTar(archive, { limits: { maxLayerBytes: 2 ** 24 } });
        assert.equal(go.error, '', context());
        assert.deepEqual(entries.map(inGo), go.entries, context());
        counts.same += 1;
      } catch (thrown) {
        if (!(thrown instanceof Fault)) throw thrown;
        const strict = ['integrity/ambiguous', 'image/unsupported', 'limit'].includes(thrown.code);
        assert.ok(go.error !== '' || strict || isDangling(thrown), `${thrown.message}; ${context()}`);
        counts[go.error === '' ? 'refusedByUs' : 'refusedByBoth'] += 1;
      }
    }
    // A sample that exercised only one way would prove little.
    assert.ok(counts.same > 500 && counts.refusedByBoth > 200, JSON.stringify(counts));
  });
});

/** An extended header at the end, and NULs in names that Go leaves to the file system, are refused on purpose. */
function isDangling(thrown: Fault): boolean {
  return /belongs to nothing|has a NUL in it/.test(thrown.message);
}
