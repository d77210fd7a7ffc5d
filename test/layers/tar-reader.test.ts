// Tar archives of every dialect as Go's archive/tar reads them, and what is refused because readers disagree about it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import type { LayerLimits } from '../../src/layers/layer-limits.ts';
import type { TarEntry } from '../../src/layers/tar-entry.ts';
import { archiveOf, base256, globalPax, gnuLong, header, member, padded, pax, paxRecord } from '../support/raw-tar.ts';
import { type ReadArchive, type ReadEntry, readTar } from './read-tar.ts';
import { damagedArchive, strangeArchive, wholeArchive } from './tar-samples.ts';

function only(archive: Uint8Array): ReadEntry {
  const { entries } = readTar(archive);
  assert.equal(entries.length, 1);
  const [entry] = entries;
  assert.ok(entry !== undefined);
  return entry;
}

function isFault(code: FaultCode, limit?: keyof LayerLimits) {
  return (thrown: unknown) => thrown instanceof Fault && thrown.code === code && thrown.limit === limit;
}

const long = `${'directory/'.repeat(20)}name`;

suite('what an entry is', () => {
  const read: readonly (readonly [claim: string, archive: Uint8Array, expected: Partial<ReadEntry>])[] = [
    ['a file of ustar', archiveOf(member({ name: 'a/b' }, 'hello')), { type: 'file', path: 'a/b', size: 5 }],
    ['a prefix of ustar', archiveOf(member({ name: 'b', prefix: 'long/a' })), { path: 'long/a/b' }],
    ['no prefix of v7', archiveOf(member({ name: 'b', magic: 'v7', raw: { 345: Buffer.from('x') } })), { path: 'b' }],
    [
      '131 bytes of prefix of star',
      archiveOf(member({ name: 'b', magic: 'star', prefix: 'p'.repeat(131), raw: { 476: octals([7, 7]) } })),
      { path: `${'p'.repeat(131)}/b` },
    ],
    [
      'times, not a prefix, of GNU',
      archiveOf(member({ name: 'b', magic: 'gnu', prefix: '00000000000\u000000000000000\u0000' })),
      { path: 'b' },
    ],
    [
      'a prefix that an old Go wrote into GNU',
      archiveOf(member({ name: 'b', magic: 'gnu', prefix: 'dir' })),
      { path: 'dir/b' },
    ],
    [
      'no prefix of an old Go that is not ASCII',
      archiveOf(member({ name: 'b', magic: 'gnu', prefix: 'dür' })),
      { path: 'b' },
    ],
    ['NUL as a file', archiveOf(member({ typeflag: '\0' })), { type: 'file' }],
    [
      'NUL and a slash as a directory',
      archiveOf(member({ name: 'd/', typeflag: '\0' })),
      { type: 'directory', path: 'd/' },
    ],
    [
      'a file whose name ends with a slash',
      archiveOf(member({ name: 'f/' }, 'x')),
      { type: 'file', path: 'f/', size: 1 },
    ],
    ['a hard link', archiveOf(member({ typeflag: '1', linkname: 'b' })), { type: 'hardlink', target: 'b' }],
    ['a symbolic link', archiveOf(member({ typeflag: '2', linkname: '../b' })), { type: 'symlink', target: '../b' }],
    ['no target of a file', archiveOf(member({ linkname: 'b' })), { type: 'file', target: '' }],
    ['a character device', archiveOf(member({ typeflag: '3' })), { type: 'char' }],
    ['a block device', archiveOf(member({ typeflag: '4' })), { type: 'block' }],
    ['a directory', archiveOf(member({ name: 'd', typeflag: '5' })), { type: 'directory' }],
    ['a pipe', archiveOf(member({ typeflag: '6' })), { type: 'fifo' }],
    ['mode and owner', archiveOf(member({ mode: 0o104755, uid: 1, gid: 2 })), { mode: 0o4755, uid: 1, gid: 2 }],
    [
      'the permissions in a huge binary mode',
      archiveOf(member({ mode: base256(2n ** 60n + 0o4755n, 8) })),
      { mode: 0o4755 },
    ],
    ['a binary owner', archiveOf(member({ uid: base256(3_000_000_000n, 8) })), { uid: 3_000_000_000 }],
    ['a negative owner', archiveOf(member({ uid: base256(-2n, 8) })), { uid: -2 }],
    ['a binary size', archiveOf(header({ size: base256(3n, 12) }), padded('abc')), { size: 3 }],
    [
      'numbers padded with spaces',
      archiveOf(header({ size: Buffer.from('         3 \u0000') }), padded('abc')),
      { size: 3 },
    ],
    [
      'a number that a NUL ends',
      archiveOf(header({ size: Buffer.from('3\u0000garbage 12') }), padded('abc')),
      { size: 3 },
    ],
    ['a checksum of signed bytes', archiveOf(member({ name: 'caf\u00e9', checksum: 'signed' })), { path: 'caf\u00e9' }],
    ['a name of 100 bytes without a NUL', archiveOf(member({ name: 'n'.repeat(100) })), { path: 'n'.repeat(100) }],
    ['UTF-8', archiveOf(member({ name: 'größe/日本' })), { path: 'größe/日本' }],
    [
      'bytes that are not UTF-8, each part by itself',
      archiveOf(member({ name: Buffer.from('c3a92fc32f78ff', 'hex') })),
      { path: 'é/\udcc3/x\udcff' },
    ],
    ['U+FFFD as itself', archiveOf(member({ name: '\ufffd' })), { path: '\ufffd' }],
    ['a long name of GNU', archiveOf(gnuLong('L', long), member({ magic: 'gnu' }, 'x')), { path: long, size: 1 }],
    ['a long target of GNU', archiveOf(gnuLong('K', long), member({ typeflag: '2', magic: 'gnu' })), { target: long }],
    [
      'both long, in any order',
      archiveOf(gnuLong('K', 'k'), gnuLong('L', 'l'), member({ typeflag: '1' })),
      { path: 'l', target: 'k' },
    ],
    [
      'a long name of GNU up to its NUL, as runtimes do',
      archiveOf(gnuLong('L', 'a\0b'), member({ magic: 'gnu' })),
      { path: 'a' },
    ],
    ['no name for an empty long name', archiveOf(gnuLong('L', ''), member({ name: 'short' })), { path: 'short' }],
    [
      'PAX path, target, owner',
      archiveOf(pax(['path', long], ['linkpath', 'l'], ['uid', '7'], ['gid', '8']), member({ typeflag: '2' })),
      { path: long, target: 'l', uid: 7, gid: 8 },
    ],
    ['no path for an empty PAX value', archiveOf(pax(['path', '']), member({ name: 'kept' })), { path: 'kept' }],
    ['a PAX path with = and newlines', archiveOf(pax(['path', 'a=b\nc']), member({})), { path: 'a=b\nc' }],
    [
      'unknown PAX keys',
      archiveOf(pax(['LIBARCHIVE.creationtime', '1'], ['comment', '']), member({ name: 'f' })),
      { path: 'f', xattrs: [] },
    ],
    [
      'names of extended attributes',
      archiveOf(pax(['SCHILY.xattr.security.capability', Buffer.from([1, 0, 0x0a, 0xff])]), member({})),
      { xattrs: ['security.capability'] },
    ],
    ["a PAX size that equals the header's", archiveOf(pax(['size', '3']), member({}, 'abc')), { size: 3 }],
    [
      'no bytes of a link, whatever its size',
      archiveOf(member({ typeflag: '2', linkname: 'x', size: 700 })),
      { type: 'symlink', size: 0 },
    ],
    ['GNU and PAX names that agree', archiveOf(gnuLong('L', 'n'), pax(['path', 'n']), member({})), { path: 'n' }],
  ];
  for (const [claim, archive, expected] of read) {
    test(`reads ${claim}`, () => {
      const entry = only(archive);
      const seen = Object.fromEntries(
        Object.keys(expected).map((key) => [key, Object.entries(entry).find(([k]) => k === key)?.[1]]),
      );
      assert.deepEqual(seen, expected);
    });
  }

  test('gives the content of each file, and of nothing else', () => {
    const { entries } = readTar(
      archiveOf(
        member({ name: 'a' }, 'A'.repeat(600)),
        member({ name: 'd', typeflag: '5' }),
        member({ name: 'b' }, 'B'),
      ),
    );
    assert.deepEqual(
      entries.map(({ path, content }) => [path, content.toString()]),
      [
        ['a', 'A'.repeat(600)],
        ['d', ''],
        ['b', 'B'],
      ],
    );
  });

  test('names a global header and lets it change nothing', () => {
    const { entries } = readTar(archiveOf(globalPax(['comment', 'x'], ['mtime', 'soon']), member({ name: 'f' })));
    assert.deepEqual(
      entries.map(({ type, path }) => [type, path]),
      [
        ['global', 'pax_global_header'],
        ['file', 'f'],
      ],
    );
  });
});

suite('where an archive ends', () => {
  const file = member({ name: 'f' }, 'x');
  const whole: readonly (readonly [claim: string, archive: Uint8Array, bytesAfterEnd: number])[] = [
    ['after two empty blocks', archiveOf(file), 0],
    ['after more zeros', Buffer.concat([archiveOf(file), Buffer.alloc(9000)]), 0],
    ['after one empty block', Buffer.concat([file, Buffer.alloc(512)]), 0],
    ['after its last file', file, 0],
    ['inside the padding of its last file', file.subarray(0, 600), 0],
    ['before what follows the two blocks, which it counts', Buffer.concat([archiveOf(file), file]), 1024],
  ];
  for (const [claim, archive, bytesAfterEnd] of whole) {
    test(`ends ${claim}`, () => {
      for (const cut of [1, 100, 5000]) {
        assert.deepEqual(readTar(archive, { cuts: [cut] }).summary, { entries: 1, bytesAfterEnd });
      }
    });
  }

  test('has no entries without bytes', () => {
    assert.deepEqual(readTar(Buffer.alloc(0)).summary, { entries: 0, bytesAfterEnd: 0 });
  });
});

const sparse = (major: string, minor: string) =>
  [
    ['GNU.sparse.major', major],
    ['GNU.sparse.minor', minor],
  ] as const;

suite('sparse files', () => {
  const expected = Buffer.concat([
    Buffer.alloc(3),
    Buffer.from('abc'),
    Buffer.alloc(4),
    Buffer.from('de'),
    Buffer.alloc(8),
  ]);
  const named = [
    ['GNU.sparse.name', 'f'],
    ['GNU.sparse.realsize', '20'],
  ] as const;
  const formats: readonly (readonly [claim: string, archive: Uint8Array])[] = [
    [
      'format 0.0',
      archiveOf(
        pax(
          ['GNU.sparse.size', '20'],
          ['GNU.sparse.numblocks', '2'],
          ['GNU.sparse.offset', '3'],
          ['GNU.sparse.numbytes', '3'],
          ['GNU.sparse.offset', '10'],
          ['GNU.sparse.numbytes', '2'],
        ),
        member({ name: 'f' }, 'abcde'),
      ),
    ],
    [
      'format 0.1',
      archiveOf(
        pax(['GNU.sparse.size', '20'], ['GNU.sparse.numblocks', '2'], ['GNU.sparse.map', '3,3,10,2']),
        member({ name: 'f' }, 'abcde'),
      ),
    ],
    [
      'format 1.0',
      archiveOf(
        pax(...sparse('1', '0'), ...named),
        member({}, Buffer.concat([padded('2\n3\n3\n10\n2\n'), Buffer.from('abcde')])),
      ),
    ],
    [
      'the old format',
      archiveOf(
        header({ name: 'f', magic: 'gnu', typeflag: 'S', size: 5, raw: oldMap([3, 3, 10, 2], 20) }),
        padded('abcde'),
      ),
    ],
    [
      'the old format with another block',
      archiveOf(
        header({
          name: 'f',
          magic: 'gnu',
          typeflag: 'S',
          size: 5,
          raw: { ...oldMap([3, 3], 20), 482: Buffer.from([1]) },
        }),
        extension([10, 2]),
        padded('abcde'),
      ),
    ],
  ];
  for (const [claim, archive] of formats) {
    test(`fills the holes of ${claim}`, () => {
      for (const cut of [1, 3, 511, 513, 100_000]) {
        const { entries } = readTar(archive, { cuts: [cut] });
        assert.deepEqual(
          entries.map(({ path, size, content }) => [path, size, content]),
          [['f', 20, expected]],
        );
      }
    });
  }

  test('reads a file that is one hole', () => {
    const map = padded('0\n');
    assert.deepEqual(only(archiveOf(pax(...sparse('1', '0'), ...named), member({}, map))).content, Buffer.alloc(20));
  });

  const bad: readonly (readonly [claim: string, code: FaultCode, archive: Uint8Array])[] = [
    [
      'parts that overlap',
      'image/malformed',
      archiveOf(
        pax(['GNU.sparse.size', '20'], ['GNU.sparse.numblocks', '2'], ['GNU.sparse.map', '3,3,5,2']),
        member({}, 'abcde'),
      ),
    ],
    [
      'parts beyond the file',
      'image/malformed',
      archiveOf(
        pax(['GNU.sparse.size', '11'], ['GNU.sparse.numblocks', '2'], ['GNU.sparse.map', '3,3,10,2']),
        member({}, 'abcde'),
      ),
    ],
    [
      'more bytes than parts',
      'image/malformed',
      archiveOf(
        pax(['GNU.sparse.size', '20'], ['GNU.sparse.numblocks', '1'], ['GNU.sparse.map', '3,3']),
        member({}, 'abcde'),
      ),
    ],
    [
      'fewer bytes than parts',
      'image/malformed',
      archiveOf(
        pax(['GNU.sparse.size', '20'], ['GNU.sparse.numblocks', '1'], ['GNU.sparse.map', '3,9']),
        member({}, 'abcde'),
      ),
    ],
    [
      'a wrong number of parts',
      'image/malformed',
      archiveOf(
        pax(['GNU.sparse.size', '20'], ['GNU.sparse.numblocks', '2'], ['GNU.sparse.map', '3,5']),
        member({}, 'abcde'),
      ),
    ],
    [
      'a sparse directory',
      'image/malformed',
      archiveOf(
        pax(['GNU.sparse.size', '20'], ['GNU.sparse.numblocks', '0'], ['GNU.sparse.map', ''], ...sparse('0', '1')),
        member({ typeflag: '5' }),
      ),
    ],
    [
      'a map that is cut short',
      'image/malformed',
      archiveOf(pax(...sparse('1', '0'), ...named), member({}, padded('9\n3\n'))),
    ],
    [
      'a map that is no map',
      'image/malformed',
      archiveOf(pax(...sparse('1', '0'), ...named), member({}, padded('x\n'))),
    ],
    [
      'a size of 1 PiB',
      'limit',
      archiveOf(pax(...sparse('1', '0'), ['GNU.sparse.realsize', String(2 ** 50)]), member({}, padded('0\n'))),
    ],
    [
      'a negative size',
      'image/malformed',
      archiveOf(pax(...sparse('1', '0'), ['GNU.sparse.realsize', '-1']), member({}, padded('0\n'))),
    ],
    ['an unknown version', 'image/unsupported', archiveOf(pax(...sparse('2', '0'), ...named), member({}, 'x'))],
    [
      'the old format outside GNU',
      'image/malformed',
      archiveOf(header({ typeflag: 'S', size: 5, raw: oldMap([0, 5], 5) }), padded('abcde')),
    ],
    [
      'offsets of format 0.0 out of order',
      'image/malformed',
      archiveOf(
        pax(
          ['GNU.sparse.numbytes', '3'],
          ['GNU.sparse.offset', '3'],
          ['GNU.sparse.numblocks', '1'],
          ['GNU.sparse.size', '9'],
        ),
        member({}, 'abc'),
      ),
    ],
    [
      'a list where format 0.0 has a number',
      'image/malformed',
      archiveOf(
        pax(
          ['GNU.sparse.offset', '3,1'],
          ['GNU.sparse.numbytes', '4,2'],
          ['GNU.sparse.numblocks', '2'],
          ['GNU.sparse.size', '9'],
        ),
        member({}, 'abc'),
      ),
    ],
  ];
  for (const [claim, code, archive] of bad) {
    test(`refuses ${claim}`, () => {
      assert.throws(() => readTar(archive), isFault(code, code === 'limit' ? 'maxLayerBytes' : undefined));
    });
  }
});

suite('what is refused', () => {
  const file = member({ name: 'f' }, 'abc');
  const refused: readonly (readonly [claim: string, code: FaultCode, archive: Uint8Array])[] = [
    ['bytes that are no archive at all', 'image/unsupported', Buffer.alloc(2048, 'random')],
    ['a wrong checksum of the first header', 'image/unsupported', archiveOf(member({ checksum: 'wrong' }))],
    ['a wrong checksum of a later header', 'image/malformed', archiveOf(file, member({ checksum: 'wrong' }))],
    ['an empty block inside', 'image/malformed', archiveOf(file, Buffer.alloc(512), file)],
    ['a header that is cut short', 'image/malformed', Buffer.concat([file, file.subarray(0, 300)])],
    ['zeros that are less than a block', 'image/malformed', Buffer.concat([file, Buffer.alloc(100)])],
    ['a file that is cut short', 'image/malformed', file.subarray(0, 514)],
    ['an extended header that is cut short', 'image/malformed', pax(['path', long]).subarray(0, 600)],
    ['an extended header that belongs to nothing', 'image/malformed', archiveOf(file, pax(['path', 'x']))],
    ['a long name that belongs to nothing', 'image/malformed', Buffer.concat([file, gnuLong('L', 'x')])],
    ['a number that is none', 'image/malformed', archiveOf(header({ size: Buffer.from('12x') }))],
    ['a digit 8', 'image/malformed', archiveOf(header({ uid: Buffer.from('0000008') }))],
    ['a number of 64 bits and more', 'image/malformed', archiveOf(header({ mtime: base256(2n ** 63n, 12) }))],
    ['a negative size', 'image/malformed', archiveOf(header({ size: base256(-1n, 12) }))],
    [
      'a negative size of an extended header',
      'image/malformed',
      archiveOf(header({ typeflag: 'x', size: base256(-1n, 12) }), file),
    ],
    ['a device number that is none', 'image/malformed', archiveOf(header({ raw: { 329: Buffer.from('zz') } }))],
    ['a NUL in a PAX path', 'image/malformed', archiveOf(pax(['path', 'a\0b']), file)],
    [
      'a NUL in the name of a sparse file',
      'image/malformed',
      archiveOf(pax(...sparse('1', '0'), ['GNU.sparse.name', 'a\0b']), member({}, padded('0\n'))),
    ],
    ['a PAX record without a key', 'image/malformed', archiveOf(member({ typeflag: 'x' }, '6 =ab\n'), file)],
    [
      'a PAX record without =, before another',
      'image/malformed',
      archiveOf(member({ typeflag: 'x' }, '7 path\n9 path=a\n'), file),
    ],
    ['a PAX record without its end', 'image/malformed', archiveOf(member({ typeflag: 'x' }, '9 path=ab'), file)],
    ['a NUL in a PAX key', 'image/malformed', archiveOf(pax(['a\0b', 'x']), file)],
    ['a PAX record without =', 'image/malformed', archiveOf(member({ typeflag: 'x' }, '7 path\n'), file)],
    ['a PAX record that is too long', 'image/malformed', archiveOf(member({ typeflag: 'x' }, '99 path=a\n'), file)],
    ['a PAX record that is too short', 'image/malformed', archiveOf(member({ typeflag: 'x' }, '4 path=a\n'), file)],
    ['a PAX record of no length', 'image/malformed', archiveOf(member({ typeflag: 'x' }, ' path=a\n'), file)],
    [
      'zeros behind PAX records',
      'image/malformed',
      archiveOf(member({ typeflag: 'x' }, Buffer.concat([paxRecord('path', 'a'), Buffer.alloc(3)])), file),
    ],
    ['a PAX number that is none', 'image/malformed', archiveOf(pax(['uid', '0x10']), file)],
    ['a PAX time that is none', 'image/malformed', archiveOf(pax(['mtime', '1.5x']), file)],
    ['a type that no runtime unpacks', 'image/unsupported', archiveOf(member({ typeflag: '7' }))],
    ['a volume label of GNU', 'image/unsupported', archiveOf(member({ typeflag: 'V' }))],
    ['header 0, PAX n', 'integrity/ambiguous', archiveOf(pax(['size', '512']), header({ size: 0 }), padded('x'))],
    ['header n, PAX 0', 'integrity/ambiguous', archiveOf(pax(['size', '0']), header({ size: 512 }), padded('x'))],
    ['a PAX size of a link', 'integrity/ambiguous', archiveOf(pax(['size', '512']), header({ typeflag: '2' }))],
    ['a negative PAX size', 'integrity/ambiguous', archiveOf(pax(['size', '-512']), header({ size: 0 }))],
    ['two PAX headers', 'integrity/ambiguous', archiveOf(pax(['path', 'a']), pax(['path', 'b']), file)],
    ['two long names', 'integrity/ambiguous', archiveOf(gnuLong('L', 'a'), gnuLong('L', 'b'), file)],
    [
      'a global header between a PAX header and its file',
      'integrity/ambiguous',
      archiveOf(pax(['path', 'a']), globalPax(['comment', 'x']), file),
    ],
    ['a global path', 'integrity/ambiguous', archiveOf(globalPax(['path', 'x']), file)],
    ['a global size', 'integrity/ambiguous', archiveOf(globalPax(['size', '0']), file)],
    ['a global sparse map', 'integrity/ambiguous', archiveOf(globalPax(['GNU.sparse.offset', '0']), file)],
    ['a path that is said twice', 'integrity/ambiguous', archiveOf(pax(['path', 'a'], ['path', 'b']), file)],
    [
      'a long name that is not the PAX path',
      'integrity/ambiguous',
      archiveOf(gnuLong('L', 'a'), pax(['path', 'b']), file),
    ],
  ];
  for (const [claim, code, archive] of refused) {
    test(`refuses ${claim}`, () => {
      for (const cut of [1, 512, 100_000]) assert.throws(() => readTar(archive, { cuts: [cut] }), isFault(code));
    });
  }

  test('takes the PAX size where the header has no room for it', () => {
    const size = 9 * 1024 ** 3;
    const begun = Buffer.concat([pax(['size', String(size)]), header({ size: 0 }), Buffer.alloc(512)]);
    assert.throws(() => readTar(begun), isFault('image/malformed'), 'the content is missing, not ambiguous');
  });
});

suite('limits', () => {
  const reached: readonly (readonly [limit: keyof LayerLimits, least: number, archive: Uint8Array])[] = [
    ['maxLayerEntries', 3, archiveOf(...Array.from({ length: 3 }, () => member({})))],
    ['maxLayerEntries', 2, archiveOf(pax(['comment', 'x']), member({}))],
    ['maxTarHeaderBytes', 206, archiveOf(gnuLong('L', 'n'.repeat(205)), member({}))],
    [
      'maxTarHeaderBytes',
      1024,
      archiveOf(
        pax(...sparse('1', '0'), ['GNU.sparse.realsize', '0']),
        member({}, padded(`200\n${'0\n0\n'.repeat(200)}`)),
      ),
    ],
    [
      'maxTarHeaderBytes',
      600,
      archiveOf(
        header({ magic: 'gnu', typeflag: 'S', raw: { ...oldMap(Array(8).fill(0), 0), 482: Buffer.from([1]) } }),
        extension(Array(42).fill(0)),
      ),
    ],
    ['maxPathBytes', 204, archiveOf(gnuLong('L', long), member({}))],
    ['maxPathBytes', 300, archiveOf(pax(['linkpath', 'é'.repeat(150)]), member({ typeflag: '2' }))],
    ['maxLayerBytes', 1200, archiveOf(member({}, 'x'.repeat(700)), member({}, 'x'.repeat(500)))],
  ];
  for (const [limit, least, archive] of reached) {
    test(`${limit} of ${least} is enough, and not one less`, () => {
      readTar(archive, { limits: { [limit]: least } });
      assert.throws(() => readTar(archive, { limits: { [limit]: least - 1 } }), isFault('limit', limit));
    });
  }

  test('an extended header that only claims to be large is refused before it is read', () => {
    assert.throws(
      () => readTar(header({ typeflag: 'x', size: 2 ** 31 }), { cuts: [512] }),
      isFault('limit', 'maxTarHeaderBytes'),
    );
  });
});

suite('properties', () => {
  test('the same entries however the archive is cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 1300 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(wholeArchive, cuts, (archive, lengths) => {
        assert.deepEqual(readTar(archive, { cuts: lengths }), readTar(archive));
      }),
      { numRuns: 300 },
    );
  });

  for (const [claim, archives] of [
    ['damaged', damagedArchive],
    ['strange', strangeArchive],
  ] as const) {
    test(`${claim} archives give entries or a Fault, the same however they are cut, and no more entries than blocks`, () => {
      fc.assert(
        fc.property(archives, fc.integer({ min: 1, max: 1300 }), (archive, cut) => {
          const [whole, pieces] = [outcome(archive, archive.length), outcome(archive, cut)];
          assert.deepEqual(whole, pieces);
          assert.ok(typeof whole === 'string' || whole.entries.length <= archive.length / 512);
        }),
        { numRuns: 1000 },
      );
    });
  }

  test('different bytes are different paths', () => {
    const path = fc.uint8Array({ minLength: 1, maxLength: 6 }).filter((bytes) => !bytes.includes(0));
    fc.assert(
      fc.property(path, path, (one, other) => {
        const [a, b]: readonly TarEntry[] = readTar(archiveOf(member({ name: one }), member({ name: other }))).entries;
        assert.equal(a?.path === b?.path, Buffer.from(one).equals(other));
        assert.equal(JSON.parse(JSON.stringify(a?.path)), a?.path);
      }),
    );
  });
});

function outcome(archive: Uint8Array, cut: number): ReadArchive | string {
  try {
    return readTar(archive, { limits: { maxLayerBytes: 1_000_000 }, cuts: [cut] });
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, String(thrown));
    return thrown.code;
  }
}

/** The map and the real size in a header of GNU's old sparse format. */
function oldMap(numbers: readonly number[], realSize: number): Readonly<Record<number, Uint8Array>> {
  return { 386: octals(numbers), 483: octals([realSize]) };
}

function extension(numbers: readonly number[]): Buffer {
  return Buffer.concat([octals(numbers), Buffer.alloc(512)]).subarray(0, 512);
}

function octals(numbers: readonly number[]): Buffer {
  return Buffer.from(numbers.map((one) => `${one.toString(8).padStart(11, '0')}\u0000`).join(''), 'latin1');
}
