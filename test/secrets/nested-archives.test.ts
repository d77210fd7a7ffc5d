import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { defaultFileScanLimits, type FileScanLimits } from '../../src/secrets/file-scan-limits.ts';
import { createFileScanner } from '../../src/secrets/file-scanner.ts';
import type { FileSecret } from '../../src/secrets/file-secret.ts';
import type { SearchCoverage } from '../../src/secrets/search-coverage.ts';
import { zip } from '../support/zip.ts';
import { withChecksum62 } from './token-parts.ts';

const token = ['gh', 'p_', withChecksum62()].join('');
const text = Buffer.from(`first line\ntoken: ${token}\n`);

function tar(files: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const blocks = files.flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${bytes.length.toString(8).padStart(11, '0')} `, 124);
    header.write('0ustar\x0000', 156);
    header.write('ustar\x0000', 257);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

interface Scanned {
  readonly secrets: readonly FileSecret[];
  readonly coverage: SearchCoverage;
}

function scan(path: string, bytes: Buffer, limits: Partial<FileScanLimits> = {}, chunk = 1000): Scanned {
  const scanner = createFileScanner({ ...defaultFileScanLimits, ...limits });
  scanner.begin({ path, size: bytes.length });
  for (let at = 0; at < bytes.length; at += chunk) scanner.write(bytes.subarray(at, at + chunk), at);
  return { secrets: scanner.end(), coverage: scanner.coverage() };
}

function placesIn(path: string, bytes: Buffer, chunk?: number): readonly string[] {
  return scan(path, bytes, {}, chunk).secrets.map(({ within = [], position, detector }) =>
    [detector, ...within, position.kind === 'line' ? position.line : `@${position.offset}`].join(' '),
  );
}

const war = zip([
  { name: 'META-INF/MANIFEST.MF', bytes: Buffer.from('Manifest-Version: 1.0\n') },
  { name: 'WEB-INF/lib/a.jar', bytes: zip([{ name: 'app.properties', bytes: text }]) },
]);

describe('finds what lies in', () => {
  const rows: Readonly<Record<string, readonly [path: string, bytes: Buffer, place: string]>> = {
    gzip: ['var/log/app.log.gz', gzipSync(text), 'app.log 2'],
    'gzip of several members': ['a.gz', Buffer.concat([gzipSync(Buffer.from('x\n')), gzipSync(text)]), 'a 3'],
    zstd: ['a.txt.zst', zstdCompressSync(text), 'a.txt 2'],
    'a compressed tar archive': [
      'src.tgz',
      gzipSync(
        tar([
          ['a', Buffer.from('a')],
          ['b/c.txt', text],
        ]),
      ),
      'b/c.txt 2',
    ],
    'a zip archive': ['a.zip', zip([{ name: 'a/b', bytes: text }]), 'a/b 2'],
    'a file that is stored in a zip archive': ['a.whl', zip([{ name: 'a/b', bytes: text, stored: true }]), 'a/b 2'],
    'an archive behind a program': [
      'a',
      Buffer.concat([Buffer.from('PK\x03\x04 shell\n'), zip([{ name: 'a', bytes: text }])]),
      'a 2',
    ],
    'a library in an application': ['app.war', war, 'WEB-INF/lib/a.jar app.properties 2'],
    'a gzip in a gzip': ['a.gz.gz', gzipSync(gzipSync(text)), 'a.gz a 2'],
    'an object of git': [
      `app/.git/objects/ab/${'0'.repeat(38)}`,
      deflateSync(Buffer.concat([Buffer.from(`blob ${text.length}\0`), text])),
      `blob ${text.length} 2`,
    ],
    'wide text in a zip archive': [
      'a.zip',
      zip([{ name: 'w', bytes: Buffer.from(`\ufeffa\n${token}`, 'utf16le') }]),
      'w 2',
    ],
  };
  for (const [claim, [path, bytes, place]] of Object.entries(rows)) {
    test(claim, () => {
      assert.deepEqual(placesIn(path, bytes), [`github-token ${place}`]);
      assert.deepEqual(placesIn(path, bytes, 1), [`github-token ${place}`], 'byte by byte');
      assert.deepEqual(placesIn(path, bytes, bytes.length), [`github-token ${place}`], 'at once');
    });
  }
});

test('a member is read by the format that its name says', () => {
  const env = Buffer.from('DB_PASSWORD=postgres\n');
  assert.deepEqual(placesIn('a.zip', zip([{ name: 'app/.env', bytes: env }])), ['named-password app/.env 1']);
  assert.deepEqual(placesIn('a.zip', zip([{ name: 'app/notes', bytes: env }])), []);
});

test('counts what was opened, and the bytes in it', () => {
  const { coverage } = scan('app.war', war);
  assert.deepEqual([coverage.files, coverage.nestedArchives, coverage.nestedUnread], [1, 2, 0]);
  assert.equal(coverage.bytes, war.length + 'Manifest-Version: 1.0\n'.length + text.length);
});

describe('counts as not opened', () => {
  const zeros = Buffer.alloc(1_000_000);
  const deep = gzipSync(gzipSync(gzipSync(text)));
  const rows: Readonly<Record<string, readonly [bytes: Buffer, limits: Partial<FileScanLimits>, reason: string]>> = {
    'one inside too many others': [deep, {}, 'too-deep'],
    'one that is too large': [gzipSync(text), { maxArchiveBytes: 20 }, 'too-large'],
    'one whose content is too large': [gzipSync(zeros), { maxMemberBytes: 999_999 }, 'too-large'],
    'one that grows too much': [gzipSync(zeros), { ratioFreeBytes: 0, maxArchiveRatio: 100 }, 'too-large'],
    'one more than a layer may hold': [gzipSync(zeros), { maxArchiveContentBytes: 999_999 }, 'too-large'],
    'members beyond the limit': [
      zip([
        { name: 'a', bytes: text },
        { name: 'b', bytes: text },
      ]),
      { maxArchiveMembers: 1 },
      'too-many',
    ],
    'an encrypted member': [zip([{ name: 'a', bytes: text, encrypted: true }]), {}, 'encrypted'],
    'one cut short': [gzipSync(zeros).subarray(0, 100), {}, 'damaged'],
    'a zip archive without a directory': [zip([{ name: 'a', bytes: text }]).subarray(0, 60), {}, 'damaged'],
    'a form that nobody can open here': [Buffer.from('\xfd7zXZ\0 and so on', 'latin1'), {}, 'unsupported'],
  };
  for (const [claim, [bytes, limits, reason]] of Object.entries(rows)) {
    test(claim, () => {
      const { coverage } = scan('a.bin', bytes, limits);
      assert.deepEqual(coverage.unreadBecause, { [reason]: 1 });
      assert.equal(coverage.nestedUnread, 1);
    });
  }

  test('and grants exactly so much', () => {
    assert.equal(scan('a', gzipSync(zeros), { maxMemberBytes: 1_000_000 }).coverage.nestedUnread, 0);
    assert.equal(scan('a', gzipSync(zeros), { maxArchiveContentBytes: 1_000_000 }).coverage.nestedUnread, 0);
    assert.equal(scan('a', gzipSync(text), { maxArchiveBytes: gzipSync(text).length }).coverage.nestedUnread, 0);
    assert.equal(scan('a', gzipSync(gzipSync(text))).coverage.nestedUnread, 0);
  });
});

test('what is not opened is searched as it is', () => {
  const stored = zip([{ name: 'a', bytes: text, stored: true }]);
  for (const limits of [{ maxArchiveBytes: 10 }, { maxArchiveDepth: 2 }])
    assert.equal(scan('a.zip', stored.subarray(0, -10), limits).secrets.length, 1);
});

test('damaged archives never throw', () => {
  const whole = [war, gzipSync(tar([['a', text]])), zstdCompressSync(text)];
  for (const bytes of whole) {
    for (let at = 0; at < bytes.length; at += 3) {
      const broken = Buffer.from(bytes);
      broken[at] = (broken[at] ?? 0) ^ 0xff;
      scan('a', broken, {}, bytes.length);
      scan('a', bytes.subarray(0, at), {}, bytes.length);
    }
  }
});
