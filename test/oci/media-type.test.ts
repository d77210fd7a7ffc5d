// Media types: which of them are indexes, manifests, configs and which kind of layer.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  acceptHeader,
  bareMediaType,
  isImageConfigType,
  isIndexType,
  isManifestType,
  type LayerKind,
  layerKindOf,
} from '../../src/oci/media-type.ts';

suite('media types', () => {
  test('the Accept header names four types and no wildcard', () => {
    const types = acceptHeader.split(', ');
    assert.equal(types.length, 4);
    assert.ok(types.every((type) => isIndexType(type) || isManifestType(type)));
  });

  test('parameters, case and blanks of a Content-Type do not matter', () => {
    assert.equal(bareMediaType(' Application/JSON ; charset=utf-8'), 'application/json');
  });

  for (const type of [
    'application/vnd.oci.empty.v1+json',
    'application/vnd.cncf.helm.config.v1+json',
    'application/vnd.buildkit.cacheconfig.v0',
    '',
  ]) {
    test(`${type || 'no type'} is no image config`, () => {
      assert.ok(!isImageConfigType(type));
    });
  }
});

suite('layerKindOf', () => {
  const oci = 'application/vnd.oci.image.layer.';
  const docker = 'application/vnd.docker.image.rootfs.';
  const rows: readonly (readonly [type: string, kind: LayerKind, urls?: readonly string[]])[] = [
    [`${oci}v1.tar`, 'tar'],
    [`${oci}v1.tar+gzip`, 'tar'],
    [`${oci}v1.tar+zstd`, 'tar'],
    [`${docker}diff.tar`, 'tar'],
    [`${docker}diff.tar.gzip`, 'tar'],
    [`${docker}diff.tar.zstd`, 'tar'],
    [`${oci}v1.tar+gzip`, 'foreign', ['https://elsewhere.example.com/x']],
    [`${oci}nondistributable.v1.tar+gzip`, 'foreign'],
    [`${docker}foreign.diff.tar.gzip`, 'foreign'],
    [`${oci}v1.tar+gzip+encrypted`, 'encrypted'],
    [`${oci}v1.tar+bzip2`, 'unknown'],
    ['application/vnd.erofs.layer.v1', 'unknown'],
    ['application/vnd.in-toto+json', 'unknown'],
    ['application/vnd.wasm.content.layer.v1+wasm', 'unknown'],
  ];
  for (const [mediaType, kind, urls = []] of rows) {
    test(`${mediaType}${urls.length > 0 ? ' with urls' : ''} is ${kind}`, () => {
      assert.equal(layerKindOf({ mediaType, urls }), kind);
    });
  }
});
