// One pass over a layer: its facts, and the credentials in its files, wherever they lie and however the bytes come.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { foldContent } from '../../src/inspection/fold-content.ts';
import { inspectLayer } from '../../src/inspection/inspect-layer.ts';
import { type LayerRecord, maxSecretsKept } from '../../src/inspection/layer-record.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { withChecksum62 } from '../secrets/token-parts.ts';
import { archiveOf, member, padded, pax } from '../support/raw-tar.ts';
import { file, hardlink, symlink, tar, whiteout } from '../support/tar.ts';

const token = ['gh', 'p_', withChecksum62()].join('');
const text = `first line\ntoken: ${token}\n`;

async function* cut(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

function inspect(
  archive: Uint8Array,
  given: { readonly cut?: number; readonly digest?: Digest } = {},
): Promise<LayerRecord> {
  const blob = gzipSync(archive);
  const descriptor = { mediaType: mediaTypes.ociLayerGzip, size: blob.length, urls: [] };
  return inspectLayer(cut(blob, given.cut ?? 64 * 1024), {
    descriptor: { ...descriptor, digest: given.digest ?? digestOf(blob) },
    diffId: digestOf(archive),
    limits: defaultLayerLimits,
    signal: new AbortController().signal,
    readAt: '2026-03-01T12:00:00.000Z',
  });
}

async function places(archive: Uint8Array): Promise<readonly string[]> {
  const { secrets } = await inspect(archive);
  return secrets.map(({ entry, position }) =>
    position.kind === 'line' ? `${entry} line ${position.line}` : `${entry} byte ${position.offset}`,
  );
}

suite('a credential is found', () => {
  const sparse = [
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.name', 'f'],
    ['GNU.sparse.realsize', String(1_000_000 + text.length)],
  ] as const;
  const map = padded(`1\n1000000\n${text.length}\n`);
  const rows: readonly (readonly [claim: string, archive: Uint8Array, places: readonly string[]])[] = [
    ['in a file', tar([file('a'), file('b', text)]), ['1 line 2']],
    ['in both files of one path', tar([file('a', text), file('a', text)]), ['0 line 2', '1 line 2']],
    ['in a file that another of the same layer replaces', tar([file('a', text), file('a', 'clean')]), ['0 line 2']],
    ['once for all names of a file', tar([file('a', text), hardlink('b', 'a'), symlink('c', 'a')]), ['0 line 2']],
    ['in what should be the content of a whiteout', tar([file('.wh.a', text)]), ['0 line 2']],
    ['behind a hole', archiveOf(pax(...sparse), member({}, Buffer.concat([map, Buffer.from(text)]))), ['0 line 2']],
    ['in no name of a file', tar([file(`a/${token}`.slice(0, 99))]), []],
  ];
  for (const [claim, archive, expected] of rows) {
    test(claim, async () => assert.deepEqual(await places(archive), expected));
  }

  test('however the layer is cut', async () => {
    const archive = tar([file('a', text), file('b', 'x'.repeat(3000) + text)]);
    const expected = await inspect(archive);
    assert.equal(expected.secrets.length, 2);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4000 }), async (length) => {
        assert.deepEqual(await inspect(archive, { cut: length }), expected);
      }),
      { numRuns: 30 },
    );
  });
});

suite('what was searched', () => {
  test('is counted', async () => {
    const { searched } = await inspect(tar([file('a', '12345'), whiteout('b'), symlink('c', 'a')]));
    assert.deepEqual([searched.files, searched.bytes], [2, 5]);
  });

  test('of a layer with very many credentials some are kept, and all are counted; of an image as well', async () => {
    const files = Array.from({ length: 101 }, (_, index) => file(`f${index}`, Array(10).fill(text).join('')));
    const record = await inspect(tar(files));
    assert.deepEqual([record.secrets.length, record.searched.secretsLeftOut], [maxSecretsKept, 10]);
    const options = { user: { kind: 'unset' }, bases: { known: [] }, limits: defaultLayerLimits } as const;
    const { secrets, searched } = foldContent([record, record], options);
    assert.deepEqual([secrets.length, searched.secretsLeftOut], [maxSecretsKept, 20 + maxSecretsKept]);
  });
});

test('a record has no byte of a credential, though it keeps what else stands in the same files', async () => {
  const address = `https://bot:${token}@registry.example.com/a.tgz`;
  const files: Readonly<Record<string, string>> = {
    'etc/passwd': `root:${token}:0:0:${token}:/root:/bin/sh\n`,
    'etc/group': `root:${token}:0:${token}\n`,
    'etc/os-release': `ID=debian\nBUG_REPORT_URL="${address}"\n`,
    'var/lib/dpkg/status': `Package: gcc\nStatus: install ok installed\nVersion: 12\nDescription: ${token}\n\n`,
    'lib/apk/db/installed': `P:gcc\nV:12\nU:${address}\nF:usr/bin\nR:gcc\n\n`,
    'app/package.json': JSON.stringify({ version: '1.0.0', scripts: { a: token }, dependencies: { a: address } }),
    'app/package-lock.json': JSON.stringify({
      packages: { 'node_modules/a': { version: '1.0.0', resolved: address, dev: true } },
    }),
    'b/yarn.lock': `# yarn lockfile v1\n\na@${address}:\n  version "1.0.0"\n  resolved "${address}"\n`,
    'c/pnpm-lock.yaml': `lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {tarball: ${address}}\n`,
    'd/Pipfile.lock': JSON.stringify({ _meta: { sources: [{ url: address }] }, develop: { a: { version: '==1' } } }),
    'e/poetry.lock': `[[package]]\nname = "a"\nversion = "1"\ncategory = "dev"\n[package.source]\nurl = "${address}"\n`,
    'f/uv.lock': `version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "${address}" }\n`,
    'g/vendor/composer/installed.json': JSON.stringify({ packages: [{ name: 'a/b', dist: { url: address } }] }),
    'h/Gemfile': `source '${address}'\ngroup :development do\n  gem 'a'\nend\n`,
    'i/bin/tool': `\0${token}\0`,
  };
  const record = await inspect(tar(Object.entries(files).map(([path, content]) => file(path, content))));
  assert.deepEqual(
    new Set(record.secrets.map(({ entry }) => entry)),
    new Set(Object.keys(files).map((_, entry) => entry)),
  );
  assert.equal(record.layer.documents.length, Object.keys(files).length - 1);
  assert.ok(record.layer.documents.every(({ content }) => content.kind !== 'unknown'));
  assert.ok(!JSON.stringify(record).includes(token.slice(4)));
});

test('nothing is known of a layer of another digest', async () => {
  await assert.rejects(inspect(tar([file('a', text)]), { digest: digestOf('another') }), { code: 'integrity/digest' });
});
