// Layers made to hurt or to hide: each ends in facts that are true or in a Fault, and none costs more than its limit.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createGzip, gzipSync, zstdCompressSync } from 'node:zlib';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { entriesOf } from '../../src/layers/entry-list.ts';
import type { LayerFacts } from '../../src/layers/layer-facts.ts';
import { defaultLayerLimits, type LayerLimits } from '../../src/layers/layer-limits.ts';
import { readLayer } from '../../src/layers/read-layer.ts';
import { StackedTree } from '../../src/layers/stacked-tree.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { archiveOf, globalPax, gnuLong, header, member, padded, pax } from '../support/raw-tar.ts';

async function* streamed(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

interface Announced {
  readonly digest: Digest;
  readonly size: number;
  readonly diffId?: Digest;
  readonly limits?: Partial<LayerLimits>;
}

function read(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { digest, size, diffId, limits }: Announced,
): Promise<LayerFacts> {
  return readLayer(streamed(pieces), {
    descriptor: { mediaType: mediaTypes.ociLayerGzip, digest, size, urls: [] },
    diffId: diffId ?? digest,
    limits: { ...defaultLayerLimits, ...limits },
    signal: new AbortController().signal,
  });
}

function readPlain(archive: Uint8Array): Promise<LayerFacts> {
  return read([archive], { digest: digestOf(archive), size: archive.length });
}

function isFault(code: FaultCode, limit?: keyof LayerLimits) {
  return (thrown: unknown) => thrown instanceof Fault && thrown.code === code && thrown.limit === limit;
}

/** Counts what is taken of an endless source. */
function counted(piece: Uint8Array): { readonly taken: () => number; readonly pieces: Generator<Uint8Array> } {
  let bytes = 0;
  function* pieces(): Generator<Uint8Array> {
    for (;;) {
      bytes += piece.length;
      yield piece;
    }
  }
  return { taken: () => bytes, pieces: pieces() };
}

const unknown = { digest: digestOf('unknown'), size: Number.MAX_SAFE_INTEGER };

suite('bombs', () => {
  test('gzip of 1 GiB in 1 MiB stops at the ratio', async () => {
    // One member of 64 MiB of zeros, over and over.
    const gzip = createGzip({ level: 9, chunkSize: 1024 * 1024 });
    const parts: Uint8Array[] = [];
    gzip.on('data', (part: Uint8Array) => parts.push(part));
    for (let index = 0; index < 64; index += 1) gzip.write(Buffer.alloc(1024 * 1024));
    gzip.end();
    await new Promise((resolve) => gzip.once('end', resolve));
    const one = Buffer.concat(parts);
    const bomb = Array<Uint8Array>(16).fill(one);
    const size = one.length * bomb.length;
    await assert.rejects(read(bomb, { ...unknown, size }), isFault('limit', 'maxLayerRatio'));
  });

  test('zstd that asks for a window of 2 GiB is refused before it gets one', async () => {
    const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (31 - 10) << 3]), Buffer.alloc(20)]);
    await assert.rejects(read([frame], { ...unknown, size: frame.length }), isFault('limit', 'maxZstdWindowLog'));
  });

  test('zstd of 1 GiB in some bytes stops at the ratio', async () => {
    const frame = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024));
    const bomb = Array<Uint8Array>(16).fill(frame);
    await assert.rejects(read(bomb, { ...unknown, size: frame.length * 16 }), isFault('limit', 'maxLayerRatio'));
  });

  test('endless entries stop at their number', async () => {
    const { taken, pieces } = counted(Buffer.concat(Array<Buffer>(1000).fill(member({ name: 'x' }))));
    const limits = { maxLayerEntries: 50_000 };
    await assert.rejects(read(pieces, { ...unknown, limits }), isFault('limit', 'maxLayerEntries'));
    assert.ok(taken() <= 512 * 52_000, `${taken()} bytes were read`);
  });

  const names: readonly (readonly [claim: string, entry: (name: string) => Uint8Array])[] = [
    ['long paths', (name) => Buffer.concat([gnuLong('L', name), member({ magic: 'gnu' })])],
    ['long targets', (name) => Buffer.concat([gnuLong('K', name), member({ typeflag: '2', magic: 'gnu' })])],
  ];
  for (const [claim, entry] of names) {
    test(`endless ${claim} stop at their length`, async () => {
      const [one, other] = ['x', 'y'].map((first) => entry(first.padEnd(100, 'z').repeat(10)));
      const { taken, pieces } = counted(Buffer.concat([one ?? Buffer.of(), other ?? Buffer.of()]));
      const limits = { maxLayerNamesLength: 1_000_000 };
      await assert.rejects(read(pieces, { ...unknown, limits }), isFault('limit', 'maxLayerNamesLength'));
      assert.ok(taken() <= 1010 * 2560, `${taken()} bytes were read`);
    });
  }

  test('an endless extended header stops before it is read', async () => {
    const { taken, pieces } = counted(header({ typeflag: 'x', size: 2 ** 32 }));
    await assert.rejects(read(pieces, unknown), isFault('limit', 'maxTarHeaderBytes'));
    assert.ok(taken() <= 8192, `${taken()} bytes were read`);
  });

  test('a sparse file of 1 PiB stops before it is made', async () => {
    const records = [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.name', 'f'],
      ['GNU.sparse.realsize', String(2 ** 50)],
    ] as const;
    await assert.rejects(
      readPlain(archiveOf(pax(...records), member({}, padded('0\n')))),
      isFault('limit', 'maxLayerBytes'),
    );
  });

  test('a blob that never ends stops at its announced size', async () => {
    const { taken, pieces } = counted(Buffer.alloc(1000));
    await assert.rejects(
      read(prefixed(header({ size: 2 ** 30 }), pieces), { ...unknown, size: 100_000 }),
      isFault('integrity/size'),
    );
    assert.ok(taken() <= 110_000, `${taken()} bytes were read`);
  });
});

function* prefixed(first: Uint8Array, rest: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield first;
  yield* rest;
}

suite('what would hide something', () => {
  const secret = member({ name: 'root/.npmrc' }, 'secret');
  const hidden: readonly (readonly [claim: string, code: FaultCode, archive: Uint8Array])[] = [
    [
      'a file behind a size that PAX makes larger',
      'integrity/ambiguous',
      archiveOf(pax(['size', String(secret.length)]), header({ name: 'a' }), secret),
    ],
    [
      'a file inside another whose size PAX makes 0',
      'integrity/ambiguous',
      archiveOf(pax(['size', '0']), header({ name: 'a', size: secret.length }), secret),
    ],
    ['a file that a global size would swallow', 'integrity/ambiguous', archiveOf(globalPax(['size', '1024']), secret)],
    [
      'a name that a second long name replaces',
      'integrity/ambiguous',
      archiveOf(gnuLong('L', 'a'), gnuLong('L', 'b'), secret),
    ],
    ['a long name that leads nowhere', 'image/malformed', archiveOf(secret, gnuLong('L', 'x'), gnuLong('K', 'y'))],
    ['a file behind an empty block', 'image/malformed', archiveOf(Buffer.alloc(512), secret)],
  ];
  for (const [claim, code, archive] of hidden) {
    test(`refuses ${claim}`, async () => {
      await assert.rejects(readPlain(archive), isFault(code));
      const blob = gzipSync(archive);
      const known = { digest: digestOf(blob), size: blob.length, diffId: digestOf(archive) };
      await assert.rejects(read([blob], known), isFault(code));
    });
  }

  test('an archive that ends early, at the end of an entry, has another digest than the config says', async () => {
    const whole = archiveOf(member({ name: 'a' }), secret);
    const blob = gzipSync(whole.subarray(0, 512));
    const known = { digest: digestOf(blob), size: blob.length, diffId: digestOf(whole) };
    await assert.rejects(read([blob], known), isFault('integrity/diff-id'));
  });

  test('a file behind the end of the archive is counted', async () => {
    const facts = await readPlain(Buffer.concat([archiveOf(member({ name: 'a' })), secret]));
    assert.deepEqual([facts.entries.types, facts.summary.bytesAfterEnd], ['f', 1024]);
  });

  test('both files of one path are there, and the last is what is left of them', async () => {
    const facts = await readPlain(archiveOf(member({ name: 'a' }, 'one'), member({ name: './a' }, 'two')));
    assert.deepEqual(
      [...entriesOf(facts.entries)].map(({ path }) => path),
      ['a', 'a'],
    );
    const tree = new StackedTree(defaultLayerLimits);
    tree.apply(facts.entries);
    assert.deepEqual(
      [...tree.walk()].map(({ node }) => node.kind === 'leaf' && node.content.entry),
      [1],
    );
  });
});

suite('paths', () => {
  const spelled: readonly (readonly [written: string, path: string])[] = [
    ['../../etc/passwd', 'etc/passwd'],
    ['/etc/shadow', 'etc/shadow'],
    ['a/../../b', 'b'],
    ['C:\\windows', 'C:\\windows'],
    ['..', ''],
    ['a\nb', 'a\nb'],
  ];
  for (const [written, path] of spelled) {
    test(`${JSON.stringify(written)} stays inside as ${JSON.stringify(path)}`, async () => {
      const facts = await readPlain(archiveOf(member({ name: written })));
      assert.deepEqual(
        [...entriesOf(facts.entries)].map((one) => one.path),
        [path],
      );
      new StackedTree(defaultLayerLimits).apply(facts.entries);
    });
  }

  test('a path of 100 KiB goes beyond the limit', async () => {
    await assert.rejects(
      readPlain(archiveOf(gnuLong('L', 'a'.repeat(100 * 1024)), member({}))),
      isFault('limit', 'maxPathBytes'),
    );
  });

  test('a path of 2,000 names goes beyond the limit', async () => {
    await assert.rejects(
      readPlain(archiveOf(gnuLong('L', 'a/'.repeat(2000)), member({}))),
      isFault('limit', 'maxPathDepth'),
    );
  });
});
