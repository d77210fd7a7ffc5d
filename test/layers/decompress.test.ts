// Layer blobs to archive bytes: every form of compression, whatever the cuts, and what is refused.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { decompress } from '../../src/layers/decompress.ts';
import { defaultLayerLimits, type LayerLimits } from '../../src/layers/layer-limits.ts';
import { skipWithout } from '../support/installed-tools.ts';

const archive = Buffer.concat([Buffer.alloc(600, 'tar'), Buffer.alloc(1100)]);
const [first, second] = [archive.subarray(0, 700), archive.subarray(700)];

function skippable(payload: Uint8Array, variant = 0): Uint8Array {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50 + variant, 0);
  header.writeUInt32LE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

function* cut(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function* streamed(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

interface Reading {
  readonly compression: string;
  readonly bytes: Buffer;
}

async function read(
  source: AsyncIterable<Uint8Array>,
  options: { readonly size?: number; readonly limits?: Partial<LayerLimits>; readonly signal?: AbortSignal } = {},
): Promise<Reading> {
  const { compression, chunks } = await decompress(source, {
    size: options.size ?? 1_000_000,
    limits: { ...defaultLayerLimits, ...options.limits },
    signal: options.signal ?? new AbortController().signal,
  });
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return { compression, bytes: Buffer.concat(parts) };
}

function isFault(code: FaultCode, limit?: string) {
  return (thrown: unknown) => thrown instanceof Fault && thrown.code === code && thrown.limit === limit;
}

const forms: readonly (readonly [claim: string, compression: string, bytes: Uint8Array])[] = [
  ['plain tar', 'none', archive],
  ['gzip', 'gzip', gzipSync(archive)],
  ['gzip of several members', 'gzip', Buffer.concat([gzipSync(first), gzipSync(''), gzipSync(second)])],
  ['gzip padded with zeros', 'gzip', Buffer.concat([gzipSync(archive), Buffer.alloc(3000)])],
  ['zstd', 'zstd', zstdCompressSync(archive)],
  ['zstd of several frames', 'zstd', Buffer.concat([zstdCompressSync(first), zstdCompressSync(second)])],
  [
    'zstd with skippable frames of every kind',
    'zstd',
    Buffer.concat([
      skippable(Buffer.from('a table of contents')),
      zstdCompressSync(first),
      ...Array.from({ length: 16 }, (_, variant) => skippable(Buffer.alloc(100, 'x'), variant)),
      zstdCompressSync(second),
      skippable(Buffer.alloc(0), 15),
    ]),
  ],
];

suite('decompress', () => {
  for (const [claim, compression, bytes] of forms) {
    for (const length of [1, 7, 512, 1_000_000]) {
      test(`reads ${claim} in pieces of ${length}`, async () => {
        assert.deepEqual(await read(streamed(cut(bytes, length))), { compression, bytes: archive });
      });
    }
  }

  test('does not take every skippable-looking frame for zstd', async () => {
    const bytes = Buffer.from([0x60, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
    assert.deepEqual(await read(streamed([bytes])), { compression: 'none', bytes });
  });

  test('looks at all that follows the end, however much of it is zeros', async () => {
    for (const blob of [gzipSync(archive), zstdCompressSync(archive)]) {
      const pieces = [blob, ...Array<Uint8Array>(50).fill(Buffer.alloc(100_000))];
      assert.deepEqual((await read(streamed(pieces))).bytes, archive);
      await assert.rejects(read(streamed([...pieces, blob])), isFault('image/malformed'));
    }
  });

  test('takes a blob without bytes for an empty layer', async () => {
    assert.deepEqual(await read(streamed([])), { compression: 'empty', bytes: Buffer.alloc(0) });
  });

  test('gives the same bytes however the blob is cut', async () => {
    const blobs = [gzipSync(archive), zstdCompressSync(archive), archive];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...blobs), fc.array(fc.nat(2000), { maxLength: 12 }), async (blob, cuts) => {
        const at = [0, ...cuts.map((one) => one % blob.length).sort((a, b) => a - b), blob.length];
        const pieces = at.slice(1).map((end, index) => blob.subarray(at[index], end));
        assert.deepEqual((await read(streamed(pieces))).bytes, archive);
      }),
      { numRuns: 60 },
    );
  });

  const refused: readonly (readonly [claim: string, code: FaultCode, bytes: Uint8Array])[] = [
    ['bzip2', 'image/unsupported', Buffer.from('BZh91AY&SY')],
    ['xz', 'image/unsupported', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04])],
    ['an EROFS image, which begins with zeros', 'image/unsupported', erofs()],
    ['gzip that is cut short', 'image/malformed', gzipSync(archive).subarray(0, -9)],
    ['gzip without its last byte', 'image/malformed', gzipSync(archive).subarray(0, -1)],
    ['gzip with a wrong checksum', 'image/malformed', flipped(gzipSync(archive), -6)],
    ['gzip with a wrong length', 'image/malformed', flipped(gzipSync(archive), -1)],
    ['gzip followed by text', 'image/malformed', Buffer.concat([gzipSync(archive), Buffer.from('more')])],
    [
      'gzip followed by half a member',
      'image/malformed',
      Buffer.concat([gzipSync(first), gzipSync(second).subarray(0, 9)]),
    ],
    [
      'gzip with a member hidden behind zeros',
      'image/malformed',
      Buffer.concat([gzipSync(first), Buffer.alloc(40), gzipSync(second)]),
    ],
    ['zstd that is cut short', 'image/malformed', zstdCompressSync(archive).subarray(0, -3)],
    ['zstd followed by text', 'image/malformed', Buffer.concat([zstdCompressSync(archive), Buffer.from('more text')])],
    [
      'zstd with a frame hidden behind zeros',
      'image/malformed',
      Buffer.concat([zstdCompressSync(first), Buffer.alloc(40), zstdCompressSync(second)]),
    ],
    ['a damaged zstd frame', 'image/malformed', flipped(zstdCompressSync(randomBytes(5000)), 5)],
  ];
  for (const [claim, code, bytes] of refused) {
    for (const length of [1, 600, 1_000_000]) {
      test(`refuses ${claim}, in pieces of ${length}`, async () => {
        await assert.rejects(read(streamed(cut(bytes, length))), isFault(code));
      });
    }
  }

  test('stops a gzip bomb at the ratio, after the bytes that are free', async () => {
    const limits = { maxLayerRatio: 200, ratioFreeBytes: 4_000_000 };
    const [harmless, bomb] = [gzipSync(Buffer.alloc(3_999_999)), gzipSync(Buffer.alloc(20_000_000))];
    const kept = await read(streamed([harmless]), { size: harmless.length, limits });
    assert.equal(kept.bytes.length, 3_999_999);
    await assert.rejects(read(streamed([bomb]), { size: bomb.length, limits }), isFault('limit', 'maxLayerRatio'));
  });

  test('stops a layer of too many bytes, and no sooner', async () => {
    const bytes = zstdCompressSync(randomBytes(100_000));
    assert.equal((await read(streamed([bytes]), { limits: { maxLayerBytes: 100_000 } })).bytes.length, 100_000);
    await assert.rejects(
      read(streamed([bytes]), { limits: { maxLayerBytes: 99_999 } }),
      isFault('limit', 'maxLayerBytes'),
    );
  });

  test('refuses a zstd window beyond the limit', { skip: skipWithout('zstd') }, async () => {
    const input = Buffer.alloc(3 * 1024 * 1024, 'tar');
    const bytes = execFileSync('zstd', ['--long=22', '-q', '-c'], { input });
    const narrow = { maxZstdWindowLog: 21 };
    assert.equal((await read(streamed([bytes]))).bytes.length, input.length);
    await assert.rejects(read(streamed([bytes]), { limits: narrow }), isFault('limit', 'maxZstdWindowLog'));
  });

  test('reads no further than its reader does', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      const piece = gzipSync(randomBytes(700_000));
      for (;;) {
        asked += 1;
        yield piece;
      }
    }
    const { chunks } = await decompress(endless(), {
      size: Number.MAX_SAFE_INTEGER,
      limits: defaultLayerLimits,
      signal: new AbortController().signal,
    });
    const reader = chunks[Symbol.asyncIterator]();
    await reader.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(asked <= 8, `${asked} pieces were read for one chunk`);
    await reader.return?.();
  });

  test('lets go of the source when the reader stops, when it is aborted and when the data is bad', async () => {
    const endings: string[] = [];
    async function* source(name: string, pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield* pieces;
      } finally {
        endings.push(name);
      }
    }
    const member = gzipSync(randomBytes(300_000));
    const abort = new AbortController();
    const options = { size: Number.MAX_SAFE_INTEGER, limits: defaultLayerLimits, signal: abort.signal };
    const stopped = await decompress(source('stopped', [member]), options);
    for await (const _ of stopped.chunks) break;
    const bad = await decompress(source('bad', [member, Buffer.from('not gzip')]), options);
    await assert.rejects(drain(bad.chunks), isFault('image/malformed'));
    await assert.rejects(decompress(source('unsupported', [Buffer.from('BZh9'.repeat(1000))]), options));
    const aborted = await decompress(source('aborted', [member]), options);
    const reading = drain(aborted.chunks);
    abort.abort();
    await assert.rejects(reading, (thrown) => thrown instanceof Error && thrown.name === 'AbortError');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(endings.toSorted(), ['aborted', 'bad', 'stopped', 'unsupported']);
  });

  test('passes on what the source throws', async () => {
    const thrown = new Fault('registry/unreachable', 'the registry went away');
    async function* failing(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
      yield bytes;
      throw thrown;
    }
    for (const bytes of [archive, gzipSync(archive), zstdCompressSync(archive), gzipSync(archive).subarray(0, 20)]) {
      await assert.rejects(read(failing(bytes)), (caught) => caught === thrown);
    }
  });

  test('answers any bytes with bytes or a Fault', async () => {
    const magics = [Buffer.from([0x1f, 0x8b, 8]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(0)];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 400 }), async (magic, rest) => {
        try {
          await read(streamed([Buffer.concat([magic, rest])]));
        } catch (caught) {
          assert.ok(caught instanceof Fault, String(caught));
        }
      }),
      { numRuns: 300 },
    );
  });
});

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}

function erofs(): Uint8Array {
  const image = Buffer.alloc(4096);
  image.writeUInt32LE(0xe0f5e1e2, 1024);
  return image;
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = (copy[index] ?? 0) ^ 0x40;
  return copy;
}
