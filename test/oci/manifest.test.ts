// Manifests and indexes: which type a document is read as, and what is refused because two readers could differ.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { verifyContent } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { defaultDocumentLimits as limits } from '../../src/oci/limits.ts';
import { type ManifestOrigin, parseManifest } from '../../src/oci/manifest.ts';
import { acceptHeader, mediaTypes } from '../../src/oci/media-type.ts';
import { attestation, image, index } from '../support/image.ts';
import { file } from '../support/tar.ts';

const sample = image()
  .layer([file('app', 'one')])
  .build();
const sampleIndex = index([sample, image().platform('linux/arm64').build()]);

const config = JSON.parse(Buffer.from(sample.bytes).toString()).config;
const manifest = { schemaVersion: 2, config, layers: [] };
const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

function encode(document: unknown): Uint8Array {
  return Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
}

function parse(document: unknown, origin: ManifestOrigin = {}) {
  return parseManifest(encode(document), origin, limits);
}

function refuses(document: unknown, code: FaultCode, origin: ManifestOrigin = {}): void {
  assert.throws(
    () => parse(document, origin),
    (thrown) => thrown instanceof Fault && thrown.code === code,
  );
}

suite('effective media type', () => {
  const oci = mediaTypes.ociManifest;
  const accepted: readonly (readonly [claim: string, document: unknown, origin: ManifestOrigin, mediaType: string])[] =
    [
      ['the Content-Type, without parameters', manifest, { contentType: `${oci}; charset=utf-8` }, oci],
      ['the Content-Type in any case', manifest, { contentType: oci.toUpperCase() }, oci],
      [
        'its own where the Content-Type is JSON',
        { ...manifest, mediaType: oci },
        { contentType: 'application/json' },
        oci,
      ],
      [
        'its own where there is no Content-Type',
        { ...manifest, mediaType: mediaTypes.dockerManifest },
        {},
        mediaTypes.dockerManifest,
      ],
      ['its own where the Content-Type is text', { ...manifest, mediaType: oci }, { contentType: 'text/plain' }, oci],
      ['a manifest by its shape', manifest, { contentType: 'application/octet-stream' }, oci],
      ['an index by its shape, even an empty one', { schemaVersion: 2, manifests: [] }, {}, mediaTypes.ociIndex],
      [
        "the descriptor's rather than the Content-Type",
        manifest,
        { contentType: mediaTypes.ociIndex, expectedMediaType: oci },
        oci,
      ],
      [
        'the Content-Type where a descriptor says nothing',
        manifest,
        { contentType: oci, expectedMediaType: 'application/x' },
        oci,
      ],
      [
        'a manifest although an empty list of manifests is there',
        { ...manifest, manifests: [] },
        { contentType: oci },
        oci,
      ],
      [
        'an index although its config is null',
        { manifests: [], config: null },
        { contentType: mediaTypes.ociIndex },
        mediaTypes.ociIndex,
      ],
    ];
  for (const [claim, document, origin, mediaType] of accepted) {
    test(claim, () => {
      assert.equal(parse(document, origin).mediaType, mediaType);
    });
  }

  const refused: readonly (readonly [claim: string, document: unknown, code: FaultCode, origin?: ManifestOrigin])[] = [
    [
      'a manifest that calls itself an index',
      { ...manifest, mediaType: mediaTypes.ociIndex },
      'integrity/media-type',
      { contentType: oci },
    ],
    [
      'a Docker type served as OCI',
      { ...manifest, mediaType: mediaTypes.dockerManifest },
      'integrity/media-type',
      { contentType: oci },
    ],
    [
      'a document that contradicts its descriptor',
      { ...manifest, mediaType: oci },
      'integrity/media-type',
      { contentType: oci, expectedMediaType: mediaTypes.dockerManifest },
    ],
    ['a web page', manifest, 'integrity/media-type', { contentType: 'text/html' }],
    ['a type of its own invention', { ...manifest, mediaType: 'application/vnd.example' }, 'integrity/media-type'],
    [
      'the withdrawn artifact manifest',
      { blobs: [] },
      'image/not-an-image',
      { contentType: mediaTypes.ociArtifactManifest },
    ],
    ['a shape that is neither', { schemaVersion: 2 }, 'image/malformed'],
    ['a config alone', { config }, 'image/malformed'],
    ['a manifest with manifests', { ...manifest, manifests: [config] }, 'integrity/ambiguous', { contentType: oci }],
    ['a document of both shapes', { ...manifest, manifests: [config] }, 'integrity/ambiguous'],
    [
      'an index with layers',
      { manifests: [], layers: [] },
      'integrity/ambiguous',
      { contentType: mediaTypes.ociIndex },
    ],
    [
      'an index with a config',
      { manifests: [], config },
      'integrity/ambiguous',
      { contentType: mediaTypes.dockerList },
    ],
    ['schemaVersion 1', { schemaVersion: 1 }, 'integrity/schema1'],
    ['fsLayers', { ...manifest, fsLayers: [] }, 'integrity/schema1', { contentType: oci }],
    ['signatures', { ...manifest, signatures: [] }, 'integrity/schema1'],
    ['a schema 1 Content-Type', manifest, 'integrity/schema1', { contentType: schema1 }],
    ['a schema 1 mediaType', { ...manifest, mediaType: schema1 }, 'integrity/schema1'],
    ['schemaVersion 3', { ...manifest, schemaVersion: 3 }, 'image/malformed'],
    ['schemaVersion as text', { ...manifest, schemaVersion: '2' }, 'image/malformed'],
  ];
  for (const [claim, document, code, origin] of refused) {
    test(`refuses ${claim}: ${code}`, () => refuses(document, code, origin));
  }

  test('every type that is asked for is read', () => {
    for (const type of acceptHeader.split(', ')) {
      const document = type.includes('index') || type.includes('list') ? { manifests: [] } : manifest;
      assert.equal(parse(document, { contentType: type }).mediaType, type);
    }
  });
});

suite('what two readers could read differently', () => {
  const text = JSON.stringify(manifest);
  const rows: readonly (readonly [claim: string, document: unknown, code?: FaultCode])[] = [
    ['layers twice', text.replace('"layers":[]', '"layers":[],"layers":[]')],
    ['layers and Layers', { ...manifest, Layers: [] }],
    ['Layers alone', { schemaVersion: 2, config, Layers: [] }],
    ['layers with a long s', { ...manifest, ['layer\u017f']: [] }],
    ['Digest in a descriptor', { ...manifest, config: { ...config, Digest: config.digest } }],
    ['Platform of an index entry in another case', { manifests: [{ ...config, platform: { OS: 'linux' } }] }],
    ['text after the document', `${text}{}`],
    ['a byte order mark', `\ufeff${text}`],
    ['an array', [], 'image/malformed'],
    ['null', null, 'image/malformed'],
    ['layers as an object', { ...manifest, layers: {} }, 'image/malformed'],
    ['annotations with a number', { ...manifest, annotations: { a: 1 } }, 'image/malformed'],
  ];
  for (const [claim, document, code = 'integrity/ambiguous'] of rows) {
    test(`refuses ${claim}`, () => refuses(document, code));
  }

  test('keys of annotations are free, in any case', () => {
    const read = parse({ ...manifest, annotations: { a: '1', A: '2', ['__proto__']: 'x' } });
    assert.deepEqual(Object.entries(read.annotations), [
      ['a', '1'],
      ['A', '2'],
      ['__proto__', 'x'],
    ]);
  });

  test('a key twice is refused in annotations as well', () => {
    refuses(text.replace('"layers"', '"annotations":{"a":"1","a":"2"},"layers"'), 'integrity/ambiguous');
  });
});

suite('descriptors', () => {
  const data = Buffer.from('{"embedded":true}');
  const embedded = { mediaType: 'x', digest: digestOf(data), size: data.length, data: data.toString('base64') };
  const rows: readonly (readonly [claim: string, descriptor: unknown, code: FaultCode])[] = [
    ['a negative size', { ...config, size: -1 }, 'integrity/size'],
    ['a size of 1e308', { ...config, size: 1e308 }, 'integrity/size'],
    ['a size beyond 2^53', { ...config, size: 2 ** 53 }, 'integrity/size'],
    ['half a byte', { ...config, size: 0.5 }, 'integrity/size'],
    ['no size', { ...config, size: undefined }, 'integrity/size'],
    ['a size as text', { ...config, size: '12' }, 'image/malformed'],
    ['no digest', { ...config, digest: undefined }, 'image/malformed'],
    ['a digest that is too short', { ...config, digest: 'sha256:abc' }, 'image/malformed'],
    [
      'a digest in upper case',
      { ...config, digest: config.digest.toUpperCase().replace('SHA', 'sha') },
      'image/malformed',
    ],
    ['blake3', { ...config, digest: `blake3:${'0'.repeat(64)}` }, 'digest/unsupported'],
    ['a text in place of a descriptor', 'sha256', 'image/malformed'],
    ['embedded data with another digest', { ...embedded, digest: config.digest }, 'integrity/digest'],
    ['embedded data with another size', { ...embedded, size: data.length + 1 }, 'integrity/size'],
    ['embedded data that is not base64', { ...embedded, data: '***' }, 'image/malformed'],
  ];
  for (const [claim, descriptor, code] of rows) {
    test(`refuses ${claim}: ${code}`, () => {
      refuses({ ...manifest, config: descriptor }, code);
      refuses({ ...manifest, layers: [descriptor] }, code);
      refuses({ manifests: [descriptor] }, code);
    });
  }

  test('embedded data that holds is there as bytes', () => {
    const read = parse({ ...manifest, config: embedded });
    assert.ok(read.kind === 'manifest' && read.config.data !== undefined);
    assert.deepEqual(Buffer.from(read.config.data), data);
  });
});

suite('limits', () => {
  test('4 MiB are read, one byte more is not', () => {
    const text = JSON.stringify(manifest);
    const full = text + ' '.repeat(limits.maxManifestBytes - text.length);
    assert.equal(parse(full).kind, 'manifest');
    refuses(`${full} `, 'limit');
  });

  test('annotations have at most 512 KiB of text', () => {
    const half = 'x'.repeat(limits.maxSearchedText / 2 - 1);
    parse({ ...manifest, annotations: { a: half, b: half } });
    refuses({ ...manifest, annotations: { a: half, b: `${half}x` } }, 'limit');
  });

  test('as many annotations are read as texts may be, one more is not', () => {
    const annotations = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, '']));
    parse({ ...manifest, annotations: annotations(limits.maxSearchedTexts / 2) });
    refuses({ ...manifest, annotations: annotations(limits.maxSearchedTexts / 2 + 1) }, 'limit');
  });

  test('500 layers are read, one more is not', () => {
    const layers = new Array(limits.maxLayers).fill(config);
    parse({ ...manifest, layers });
    refuses({ ...manifest, layers: [...layers, config] }, 'limit');
  });

  test('128 entries of an index are read, one more is not', () => {
    const manifests = new Array(limits.maxIndexChildren).fill(config);
    parse({ manifests });
    refuses({ manifests: [...manifests, config] }, 'limit');
  });
});

suite('built images', () => {
  test('an index is read with its platforms', () => {
    const read = parseManifest(sampleIndex.bytes, { contentType: sampleIndex.mediaType }, limits);
    assert.ok(read.kind === 'index');
    assert.deepEqual(
      read.manifests.map((entry) => entry.platform),
      [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
      ],
    );
  });

  test('both forms of attestation are read', () => {
    const read = parseManifest(index([sample, attestation(sample), attestation(sample, 'artifact')]).bytes, {}, limits);
    assert.ok(read.kind === 'index');
    assert.equal(read.manifests[2]?.artifactType, 'application/vnd.docker.attestation.manifest.v1+json');
  });

  test('whatever byte is changed, it is no longer what its digest names', () => {
    const expected = { digest: sample.digest, size: sample.bytes.length };
    verifyContent(sample.bytes, expected);
    fc.assert(
      fc.property(fc.nat(sample.bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Buffer.from(sample.bytes);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        assert.throws(() => verifyContent(bytes, expected), { code: 'integrity/digest' });
        assert.throws(() => verifyContent(bytes.subarray(1), expected), { code: 'integrity/size' });
      }),
    );
  });

  test('any JSON is a document or a Fault', () => {
    const key = fc.constantFrom(
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
      'manifests',
      'digest',
      'size',
      'x',
      'Config',
    );
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>(null, 2, 1, true, mediaTypes.ociManifest, mediaTypes.ociIndex, config, [config]),
        fc.jsonValue(),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(json, (document) => {
        try {
          parse(JSON.stringify(document));
        } catch (thrown) {
          assert.ok(thrown instanceof Fault, String(thrown));
        }
      }),
      { numRuns: 500 },
    );
  });
});
