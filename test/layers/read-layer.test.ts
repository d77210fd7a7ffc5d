// One pass over a layer: facts of a whole one, and none of a broken one.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { crc32, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { entriesOf } from '../../src/layers/entry-list.ts';
import type { LayerObserver, ObservedEntry } from '../../src/layers/layer-collector.ts';
import type { LayerFacts } from '../../src/layers/layer-facts.ts';
import { defaultLayerLimits, type LayerLimits } from '../../src/layers/layer-limits.ts';
import { readLayer } from '../../src/layers/read-layer.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { archiveOf, globalPax, header, member, pax } from '../support/raw-tar.ts';
import { directory, file, hardlink, symlink, tar, whiteout } from '../support/tar.ts';

interface Reading {
  readonly mediaType?: string;
  readonly urls?: readonly string[];
  readonly digest?: Digest;
  readonly size?: number;
  readonly diffId?: Digest;
  readonly limits?: Partial<LayerLimits>;
  readonly signal?: AbortSignal;
  readonly observers?: readonly LayerObserver[];
  readonly cut?: number;
}

async function* cut(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function read(blob: Uint8Array, plain: Uint8Array, given: Reading = {}): Promise<LayerFacts> {
  return readLayer(cut(blob, given.cut ?? 64 * 1024), {
    descriptor: {
      mediaType: given.mediaType ?? mediaTypes.ociLayerGzip,
      digest: given.digest ?? digestOf(blob),
      size: given.size ?? blob.length,
      urls: given.urls ?? [],
    },
    diffId: given.diffId ?? digestOf(plain),
    limits: { ...defaultLayerLimits, ...given.limits },
    signal: given.signal ?? new AbortController().signal,
    ...(given.observers === undefined ? {} : { observers: given.observers }),
  });
}

function isFault(code: FaultCode, limit?: keyof LayerLimits) {
  return (thrown: unknown) => thrown instanceof Fault && thrown.code === code && thrown.limit === limit;
}

const archive = Buffer.from(
  tar([
    directory('/'),
    directory('etc'),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\napp:$6$hash:1000:1000\n'),
    file('app/server.js', 'console.log(1)'.repeat(100), { uid: 1000, gid: 1000 }),
    file('bin/su', 'x', { mode: 0o4755 }),
    symlink('bin/sh', 'su'),
    hardlink('bin/bash', 'bin/su'),
    whiteout('root/.npmrc'),
    file('opt/.wh..wh..opq'),
  ]),
);

suite('readLayer', () => {
  test('tells what the layer is and has in it', async () => {
    const blob = gzipSync(archive);
    const facts = await read(blob, archive);
    const { entries, ...rest } = facts;
    assert.deepEqual(rest, {
      schema: 1,
      digest: digestOf(blob),
      diffId: digestOf(archive),
      compression: 'gzip',
      compressedBytes: blob.length,
      plainBytes: archive.length,
      summary: {
        files: 5,
        directories: 2,
        symlinks: 1,
        hardlinks: 1,
        devices: 0,
        whiteouts: 2,
        fileBytes: 1453,
        bytesAfterEnd: 0,
      },
      documents: [
        {
          entry: 2,
          content: {
            kind: 'passwd',
            users: [
              { name: 'root', uid: 0, gid: 0 },
              { name: 'app', uid: 1000, gid: 1000 },
            ],
          },
        },
      ],
    });
    assert.deepEqual(
      [...entriesOf(entries)].map(({ path, type }) => `${type} ${path}`),
      [
        'directory ',
        'directory etc',
        'file etc/passwd',
        'file app/server.js',
        'file bin/su',
        'symlink bin/sh',
        'hardlink bin/bash',
        'file root/.wh..npmrc',
        'file opt/.wh..wh..opq',
      ],
    );
    const [, , , server] = entriesOf(entries);
    const attributes = { mode: 0o644, uid: 1000, gid: 1000, capability: false };
    const sum = crc32('console.log(1)'.repeat(100));
    assert.deepEqual(server, {
      index: 3,
      type: 'file',
      path: 'app/server.js',
      target: '',
      size: 1400,
      headSum: sum,
      attributes,
    });
  });

  test('is plain JSON, and keeps no password of an account', async () => {
    const facts = await read(gzipSync(archive), archive);
    const text = JSON.stringify(facts);
    assert.deepEqual(JSON.parse(text), facts);
    assert.ok(!text.includes('hash'));
  });

  for (const [form, blob] of [
    ['gzip', gzipSync(archive)],
    ['zstd', zstdCompressSync(archive)],
    ['none', archive],
  ] as const) {
    for (const length of [1, 300, 100_000]) {
      test(`reads ${form} in pieces of ${length}`, async () => {
        const facts = await read(blob, archive, { cut: length });
        const whole = await read(blob, archive);
        assert.deepEqual(facts, whole);
        assert.deepEqual([facts.compression, facts.diffId], [form, digestOf(archive)]);
      });
    }
  }

  test('computes digests by the algorithm that is asked for', async () => {
    for (const blob of [gzipSync(archive), archive]) {
      const facts = await read(blob, archive, { diffId: digestOf(archive, 'sha512') });
      assert.equal(facts.diffId, digestOf(archive, 'sha512'));
    }
  });

  test('takes a blob without bytes for a layer without entries', async () => {
    const facts = await read(Buffer.alloc(0), Buffer.alloc(0));
    assert.deepEqual([facts.compression, facts.entries.types, facts.plainBytes], ['empty', '', 0]);
  });

  test('counts bytes that lie behind the end of the archive', async () => {
    const plain = Buffer.concat([archiveOf(member({})), Buffer.from('hidden')]);
    assert.equal((await read(plain, plain)).summary.bytesAfterEnd, 6);
  });

  test('keeps capabilities, and marks global headers', async () => {
    const plain = archiveOf(globalPax(['comment', 'x']), pax(['SCHILY.xattr.security.capability', 'x']), member({}));
    const [first, second] = entriesOf((await read(plain, plain)).entries);
    assert.deepEqual([first?.type, second?.attributes.capability], ['global', true]);
  });

  test('sums the first 16 KiB of each file, however the layer is cut', async () => {
    const head = Buffer.alloc(16 * 1024, 'head');
    const plain = tar([
      file('a', Buffer.concat([head, Buffer.from('1')])),
      file('b', Buffer.concat([head, Buffer.from('2')])),
    ]);
    for (const length of [1000, 17_000, 100_000]) {
      const facts = await read(plain, plain, { cut: length });
      assert.deepEqual(
        [...entriesOf(facts.entries)].map((one) => one.headSum),
        [crc32(head), crc32(head)],
      );
    }
  });

  test('keeps a document once, whatever follows it', async () => {
    const plain = tar([file('etc/passwd', 'a:x:0:0\n'), directory('d'), symlink('l', 'd'), file('f', 'text')]);
    assert.deepEqual(
      (await read(plain, plain)).documents.map(({ entry }) => entry),
      [0],
    );
  });

  test('knows that a document is there whose content it does not keep', async () => {
    const plain = tar([file('etc/passwd', 'a:x:0:0\n'), file('etc/group', `${'x'.repeat(2_000_000)}\n`)]);
    const { documents } = await read(plain, plain, { limits: { maxDocumentBytes: 8 } });
    assert.deepEqual(documents, [
      { entry: 0, content: { kind: 'passwd', users: [{ name: 'a', uid: 0, gid: 0 }] } },
      { entry: 1, content: { kind: 'unknown', reason: 'too-large' } },
    ]);
    const smaller = await read(plain, plain, { limits: { maxDocumentBytes: 7 } });
    assert.deepEqual(smaller.documents[0]?.content, { kind: 'unknown', reason: 'too-large' });
    const many = tar(Array.from({ length: 3 }, (_, index) => file(`${index}/etc/passwd`, 'a:x:0:0\n')));
    await read(many, many, { limits: { maxDocumentsBytes: 24 } });
    await assert.rejects(
      read(many, many, { limits: { maxDocumentsBytes: 23 } }),
      isFault('limit', 'maxDocumentsBytes'),
    );
  });

  test('does not refuse a layer for the records of package managers in it, however many and large', async () => {
    const plain = tar(['a', 'b', 'c'].map((name) => file(`${name}/package.json`, '{"version":"1"}')));
    const manifest = { kind: 'package-manifest', version: '1', dependencies: [], devDependencies: [] };
    const kept = { kind: 'packaging', packaging: manifest };
    const tooLarge = { kind: 'unknown', reason: 'too-large' };
    const contents = async (limits: Partial<LayerLimits>) =>
      (await read(plain, plain, { limits })).documents.map(({ content }) => content);
    assert.deepEqual(await contents({ maxPackagingBytes: 15, maxPackagingsBytes: 45 }), [kept, kept, kept]);
    assert.deepEqual(await contents({ maxPackagingBytes: 14 }), [tooLarge, tooLarge, tooLarge]);
    assert.deepEqual(await contents({ maxPackagingsBytes: 44 }), [kept, kept, tooLarge]);
    const database = tar([file('var/lib/rpm/Packages', 'x'.repeat(100))]);
    const ofDatabase = async (limits: Partial<LayerLimits>) =>
      (await read(database, database, { limits })).documents.map(({ content }) => content);
    const unreadable = { kind: 'unknown', reason: 'unreadable' };
    assert.deepEqual(await ofDatabase({ maxPackagingBytes: 1, maxRpmDatabaseBytes: 100 }), [unreadable]);
    assert.deepEqual(await ofDatabase({ maxRpmDatabaseBytes: 99 }), [tooLarge]);
  });

  test('shows every entry with its content to those who look for more', async () => {
    const seen: { entry: ObservedEntry; content: string; ended: boolean }[] = [];
    const observer: LayerObserver = {
      entry: (entry) => seen.push({ entry, content: '', ended: false }),
      content(bytes, offset) {
        const last = seen.at(-1);
        assert.ok(last !== undefined && last.content.length === offset);
        last.content += bytes.toString();
      },
      end() {
        const last = seen.at(-1);
        assert.ok(last !== undefined && !last.ended);
        last.ended = true;
      },
    };
    await read(gzipSync(archive), archive, { observers: [observer], cut: 7 });
    assert.ok(seen.every((one) => one.ended));
    assert.deepEqual(
      seen.slice(3, 6).map(({ entry, content }) => [entry, content]),
      [
        [{ index: 3, path: 'app/server.js', type: 'file', size: 1400 }, 'console.log(1)'.repeat(100)],
        [{ index: 4, path: 'bin/su', type: 'file', size: 1 }, 'x'],
        [{ index: 5, path: 'bin/sh', type: 'symlink', size: 0 }, ''],
      ],
    );
  });
});

suite('no facts', () => {
  const other = digestOf('something else');
  const blob = gzipSync(archive);
  const truncated = archive.subarray(0, 3000);
  const damaged = Buffer.from(blob);
  damaged[blob.length >> 1] = (damaged[blob.length >> 1] ?? 0) ^ 0xff;
  const page = Buffer.from(`<!doctype html>${'<p>Please log in</p>'.repeat(300)}`);
  const contradictory = archiveOf(pax(['size', '512']), header({ size: 0 }));
  const refused: readonly (readonly [
    claim: string,
    code: FaultCode,
    blob: Uint8Array,
    plain: Uint8Array,
    given: Reading,
  ])[] = [
    ['of another digest', 'integrity/digest', blob, archive, { digest: other }],
    ['of another digest, uncompressed', 'integrity/digest', archive, archive, { digest: other }],
    ['of more bytes than announced', 'integrity/size', blob, archive, { size: blob.length - 1 }],
    ['of fewer bytes than announced', 'integrity/size', blob, archive, { size: blob.length + 1 }],
    ['of another content than the config says', 'integrity/diff-id', blob, archive, { diffId: other }],
    ['of another content, uncompressed', 'integrity/diff-id', archive, archive, { diffId: other }],
    ['that is damaged', 'image/malformed', damaged, archive, {}],
    ['that broke on its way', 'integrity/digest', damaged, archive, { digest: digestOf(blob) }],
    [
      'that was cut on its way',
      'integrity/size',
      blob.subarray(0, -20),
      archive,
      { digest: digestOf(blob), size: blob.length },
    ],
    ['in whose place a page came', 'integrity/size', page, archive, { digest: digestOf(blob), size: blob.length }],
    ['in whose place as long a page came', 'integrity/digest', page, archive, { digest: digestOf(blob) }],
    ['that was cut when it was made', 'image/malformed', gzipSync(truncated), truncated, {}],
    ['whose headers contradict each other', 'integrity/ambiguous', gzipSync(contradictory), contradictory, {}],
    ['that is no archive', 'image/unsupported', gzipSync(Buffer.alloc(5000, 'x')), Buffer.alloc(5000, 'x'), {}],
    [
      'that is encrypted',
      'image/unsupported',
      blob,
      archive,
      { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted' },
    ],
    ['that lies elsewhere', 'image/unsupported', blob, archive, { urls: ['https://registry.example.com/x'] }],
    ['of an unknown type', 'image/unsupported', blob, archive, { mediaType: 'application/vnd.example' }],
    ['with a whiteout of nothing', 'image/malformed', tar([file('a/.wh.')]), tar([file('a/.wh.')]), {}],
  ];
  for (const [claim, code, bytes, plain, given] of refused) {
    test(`of a layer ${claim}`, async () => {
      await assert.rejects(read(bytes, plain, given), isFault(code));
      await assert.rejects(read(bytes, plain, { ...given, cut: 1 }), isFault(code));
    });
  }

  test('of a layer with any one byte changed', async () => {
    const blobs = [blob, zstdCompressSync(archive), archive];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...blobs),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (whole, at, change) => {
          const bytes = Buffer.from(whole);
          bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ change;
          await assert.rejects(read(bytes, archive, { digest: digestOf(whole) }), Fault);
          // Even when the blob's digest is right, what the config says of the content is not, unless the content is the same.
          const same = await read(bytes, archive).then(
            (facts) => facts.diffId === digestOf(archive),
            () => 'refused',
          );
          assert.ok(same === 'refused' || same === true);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('of a layer that goes beyond a limit', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    const limits = { maxLayerRatio: 10, ratioFreeBytes: 1000 };
    await assert.rejects(read(bomb, Buffer.alloc(20_000_000), { limits }), isFault('limit', 'maxLayerRatio'));
    await assert.rejects(read(blob, archive, { limits: { maxLayerEntries: 8 } }), isFault('limit', 'maxLayerEntries'));
    const deep = tar([file(`${'d/'.repeat(40)}f`)]);
    await assert.rejects(read(deep, deep, { limits: { maxPathDepth: 40 } }), isFault('limit', 'maxPathDepth'));
  });

  test('when it is aborted, and the source is let go', async () => {
    const abort = new AbortController();
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield header({ size: 2 ** 30 });
        for (;;) {
          yield Buffer.alloc(1000);
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        closed = true;
      }
    }
    const reading = readLayer(endless(), {
      descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: digestOf('x'), size: 2 ** 31, urls: [] },
      diffId: digestOf('x'),
      limits: defaultLayerLimits,
      signal: abort.signal,
    });
    setImmediate(() => abort.abort());
    await assert.rejects(reading, (thrown) => thrown instanceof Error && thrown.name === 'AbortError');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(closed, true);
  });

  test('when it is aborted while the source says nothing', async () => {
    for (const begin of [
      [],
      [blob.subarray(0, 40)],
      [archive.subarray(0, 3000)],
      [header({}), Buffer.alloc(4000, 'x')],
    ]) {
      const abort = new AbortController();
      async function* stalled(): AsyncGenerator<Uint8Array> {
        yield* begin;
        await new Promise(() => undefined);
      }
      const reading = readLayer(stalled(), {
        descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(blob), size: 5000, urls: [] },
        diffId: digestOf(archive),
        limits: defaultLayerLimits,
        signal: abort.signal,
      });
      setTimeout(() => abort.abort(), 10);
      await assert.rejects(reading, (thrown) => thrown instanceof Error && thrown.name === 'AbortError');
    }
  });

  test('when the source fails, with its own error', async () => {
    const thrown = new Fault('registry/unreachable', 'the registry went away');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield blob.subarray(0, 40);
      throw thrown;
    }
    const reading = readLayer(failing(), {
      descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(blob), size: blob.length, urls: [] },
      diffId: digestOf(archive),
      limits: defaultLayerLimits,
      signal: new AbortController().signal,
    });
    await assert.rejects(reading, (caught) => caught === thrown);
  });
});
