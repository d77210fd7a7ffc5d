// The index of tar archives, held against archives that GNU tar makes in every format, and against broken ones.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import { type ArchiveLimits, defaultArchiveLimits } from '../../src/files/archive-limits.ts';
import { type ArchiveTree, openArchiveTree } from '../../src/files/archive-tree.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { directory as directoryEntry, file, hardlink, symlink as symlinkEntry, tar } from '../support/tar.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
const limit = { limit: 'test', maxBytes: 1024 * 1024 };
const faultOf = (code: string) => (thrown: unknown) => thrown instanceof Fault && thrown.code === code;

async function openBytes(
  t: Parameters<typeof temporaryDirectory>[0],
  bytes: Uint8Array,
  limits: ArchiveLimits = defaultArchiveLimits,
): Promise<ArchiveTree> {
  const path = join(await temporaryDirectory(t), 'archive');
  await writeFile(path, bytes);
  const tree = await openArchiveTree(path, limits, signal);
  t.after(() => tree.close());
  return tree;
}

async function textOf(tree: ArchiveTree, path: string): Promise<string | undefined> {
  const bytes = await tree.read(path, limit, signal);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

suite('archives of GNU tar', () => {
  const short: Readonly<Record<string, string>> = { 'a.txt': 'a', 'b/c.txt': 'x'.repeat(513), empty: '' };
  const long: Readonly<Record<string, string>> = {
    ...short,
    [`${'deep/'.repeat(18)}${'n'.repeat(60)}`]: 'ustar prefix',
    'späße/ünï.txt': 'names in UTF-8',
  };
  const longest: Readonly<Record<string, string>> = { ...long, [`${'d'.repeat(120)}/${'n'.repeat(200)}`]: 'long name' };

  for (const [format, files] of [
    ['v7', short],
    ['oldgnu', longest],
    ['gnu', longest],
    ['ustar', long],
    ['posix', longest],
  ] as const) {
    for (const flags of [[], ['--gzip'], ['--zstd']]) {
      test(`finds every file of a ${format} archive ${flags.join('')}`, async (t) => {
        const directory = await temporaryDirectory(t);
        const root = join(directory, 'root');
        for (const [path, text] of Object.entries(files)) {
          await mkdir(dirname(join(root, path)), { recursive: true });
          await writeFile(join(root, path), text);
        }
        const archive = join(directory, 'a.tar');
        await run('tar', [...flags, `--format=${format}`, '-cf', archive, '-C', root, '.']);
        const tree = await openArchiveTree(archive, defaultArchiveLimits, signal);
        t.after(() => tree.close());
        for (const [path, text] of Object.entries(files)) assert.equal(await textOf(tree, path), text, path);
        const found = Object.keys(files).flatMap((path) => tree.find(path) ?? []);
        const digests = await tree.digestsOf(found.toReversed(), signal);
        assert.deepEqual(
          digests,
          Object.values(files)
            .map((text) => digestOf(text))
            .toReversed(),
        );
      });
    }
  }

  test('follows symbolic and hard links with long targets', async (t) => {
    const directory = await temporaryDirectory(t);
    const root = join(directory, 'root');
    const target = `${'t'.repeat(150)}.txt`;
    await mkdir(join(root, 'sub'), { recursive: true });
    await writeFile(join(root, target), 'linked');
    await symlink(`../${target}`, join(root, 'sub', 'soft'));
    await link(join(root, target), join(root, 'z-hard'));
    for (const format of ['gnu', 'posix']) {
      const archive = join(directory, `${format}.tar`);
      await run('tar', [`--format=${format}`, '-cf', archive, '-C', root, target, 'sub', 'z-hard']);
      const tree = await openArchiveTree(archive, defaultArchiveLimits, signal);
      t.after(() => tree.close());
      assert.equal(await textOf(tree, 'sub/soft'), 'linked');
      assert.equal(await textOf(tree, 'z-hard'), 'linked');
    }
  });

  test('takes a size that only a PAX record or base 256 can tell', async (t) => {
    const directory = await temporaryDirectory(t);
    const root = join(directory, 'root');
    await mkdir(root);
    await writeFile(join(root, 'x'), '');
    await run('truncate', ['-s', String(8 * 1024 ** 3 + 1), join(root, 'huge')]);
    for (const format of ['gnu', 'posix']) {
      // Only the headers are written out: tar stops when its reader has seen enough.
      const head = await run(
        'bash',
        ['-c', `tar --format=${format} -cf - -C "$1" huge 2>/dev/null | head -c 2048`, 'bash', root],
        { encoding: 'buffer' },
      );
      await writeFile(join(directory, 'cut.tar'), head.stdout);
      await run('truncate', ['-s', String(8 * 1024 ** 3 + 4096), join(directory, 'cut.tar')]);
      const tree = await openArchiveTree(join(directory, 'cut.tar'), defaultArchiveLimits, signal);
      t.after(() => tree.close());
      assert.equal(tree.find('huge')?.size, 8 * 1024 ** 3 + 1);
    }
  });
});

suite('archives that are not what they should be', () => {
  const two = (path: string): Uint8Array => tar([file(path, 'first'), file(path, 'second')]);

  for (const [claim, bytes, path, code] of [
    ['a path that is there twice', two('index.json'), 'index.json', 'integrity/ambiguous'],
    [
      'a path that is there twice, spelt differently',
      tar([file('a/b', '1'), file('./a//b', '2')]),
      'a/b',
      'integrity/ambiguous',
    ],
    ['a link that leads nowhere', tar([symlinkEntry('a', 'nowhere')]), 'a', 'image/malformed'],
    ['a link out of the archive', tar([symlinkEntry('a', '../../etc/passwd')]), 'a', 'image/malformed'],
    ['an absolute link', tar([symlinkEntry('a', '/b'), file('b')]), 'a', 'image/malformed'],
    ['links in a circle', tar([symlinkEntry('a', 'b'), symlinkEntry('b', 'a')]), 'a', 'image/malformed'],
    ['a hard link to itself', tar([hardlink('a', 'a')]), 'a', 'image/malformed'],
    ['a file beyond the limit of its reader', tar([file('a', 'x'.repeat(limit.maxBytes + 1))]), 'a', 'limit'],
    [
      'a compressed file beyond the limit of its reader',
      gzipSync(tar([file('a', 'x'.repeat(limit.maxBytes + 1))])),
      'a',
      'limit',
    ],
  ] as const) {
    test(`refuses to read ${claim}`, async (t) => {
      const tree = await openBytes(t, bytes);
      await assert.rejects(tree.read(path, limit, signal), faultOf(code));
    });
  }

  const whole = tar([file('a', 'x'.repeat(700)), file('b', 'y')]);
  const sparse = Buffer.from(tar([file('a', '')]));
  sparse.write('S', 156);
  const overflow = Buffer.from(tar([file('a', '')]));
  overflow.fill(0xff, 124, 136);
  for (const [claim, bytes, code] of [
    ['a path that leads out of it', tar([file('a/../../x', '')]), 'image/malformed'],
    ['no tar at all', Buffer.from('{"schemaVersion":2}'.repeat(60)), 'image/malformed'],
    ['a text shorter than a header', Buffer.from('hello'), 'image/malformed'],
    ['an archive cut inside a file', whole.subarray(0, 800), 'image/malformed'],
    ['a compressed archive cut inside a file', gzipSync(whole.subarray(0, 800)), 'image/malformed'],
    ['a compressed archive whose compression is cut', gzipSync(whole).subarray(0, -12), 'image/malformed'],
    ['bytes after the compressed archive', Buffer.concat([gzipSync(whole), Buffer.from('garbage')]), 'image/malformed'],
    ['a lone empty block between entries', Buffer.concat([Buffer.alloc(512), whole]), 'image/malformed'],
    [
      'a header whose checksum is wrong',
      Buffer.concat([whole.subarray(0, 3), Buffer.from('!'), whole.subarray(4)]),
      'image/malformed',
    ],
    ['a sparse file', checksummed(sparse), 'image/malformed'],
    ['a size that no file has', checksummed(overflow), 'image/malformed'],
    ['PAX records that do not end', withPax('20 path=short\n'), 'image/malformed'],
    ['a PAX size that is no number', withPax('15 size=0x1000\n'), 'image/malformed'],
    ['a global PAX header that names files', withPax('13 path=late\n', 'g'), 'integrity/ambiguous'],
    ['PAX records that say two sizes', withPax('9 size=1\n9 size=0\n'), 'integrity/ambiguous'],
    ['a PAX size that is not the size', withPax('9 size=1\n'), 'integrity/ambiguous'],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0]), 'image/unsupported'],
    ['bzip2', Buffer.from('BZh91AY'), 'image/unsupported'],
  ] as const) {
    test(`refuses ${claim}`, async (t) => {
      await assert.rejects(openBytes(t, bytes), faultOf(code));
    });
  }

  test('reads an archive without its closing blocks, as everyone does', async (t) => {
    assert.equal(await textOf(await openBytes(t, whole.subarray(0, -1024)), 'b'), 'y');
  });

  test('does not look behind the closing blocks, as nobody does', async (t) => {
    const tree = await openBytes(t, Buffer.concat([whole, tar([file('late', 'x')])]));
    assert.equal(tree.find('late'), undefined);
  });

  test('passes over a global PAX header that changes no file', async (t) => {
    assert.equal(await textOf(await openBytes(t, withPax('16 comment=late\n', 'g')), 'a'), '');
  });

  for (const [name, limits, bytes] of [
    ['maxArchiveEntries', { maxArchiveEntries: 2 }, tar([file('a'), file('b'), file('c')])],
    ['maxArchiveBytes', { maxArchiveBytes: 4096 }, gzipSync(tar([file('a', 'x'.repeat(8192))]))],
    ['maxArchiveHeaderBytes', { maxArchiveHeaderBytes: 12 }, withPax('13 path=late\n')],
  ] as const) {
    test(`stops at ${name}, by name`, async (t) => {
      await assert.rejects(openBytes(t, bytes, { ...defaultArchiveLimits, ...limits }), (thrown) => {
        return thrown instanceof Fault && thrown.code === 'limit' && thrown.limit === name;
      });
      assert.ok(await openBytes(t, bytes));
    });
  }

  test('any flipped byte is still read, or is a Fault', async (t) => {
    const bytes = Buffer.concat([
      withPax('13 path=late\n').subarray(0, -1024),
      tar([file('b', 'y'), directoryEntry('d')]),
    ]);
    const path = join(await temporaryDirectory(t), 'archive');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const broken = Buffer.from(bytes);
        broken[at] = (broken[at] ?? 0) ^ change;
        await writeFile(path, broken);
        try {
          await (await openArchiveTree(path, defaultArchiveLimits, signal)).close();
        } catch (thrown) {
          assert.ok(thrown instanceof Fault, String(thrown));
        }
      }),
      { numRuns: 200 },
    );
  });

  test('names the file that is not there', async () => {
    await assert.rejects(
      openArchiveTree('/nowhere/x.tar', defaultArchiveLimits, signal),
      /\/nowhere\/x\.tar: there is no such/,
    );
  });

  test('leaves nothing on disk beside the archive', async (t) => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, 'archive'), gzipSync(whole));
    const tree = await openArchiveTree(join(directory, 'archive'), defaultArchiveLimits, signal);
    await textOf(tree, 'a');
    await tree.close();
    assert.deepEqual(await run('ls', [directory]).then(({ stdout }) => stdout), 'archive\n');
    assert.equal((await readFile(join(directory, 'archive'))).length, gzipSync(whole).length);
  });
});

/** Puts the checksum right after a header was changed on purpose. */
function checksummed(bytes: Uint8Array): Uint8Array {
  const block = Buffer.from(bytes);
  block.write('        ', 148);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return block;
}

/** An empty file `a` after an extended header with these records. */
function withPax(records: string, type = 'x'): Uint8Array {
  const header = Buffer.from(tar([file('PaxHeaders/a', records)])).subarray(0, -1024);
  header.write(type, 156);
  return Buffer.concat([checksummed(header), tar([file('a', '')])]);
}
