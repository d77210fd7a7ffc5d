// Memory does not grow with the size of a layer, however fast it comes.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parseDigest } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { header } from '../support/raw-tar.ts';
import { layerOf, taskOf } from './layer-tasks.ts';
import { withWork } from './with-work.ts';

const megabyte = 1024 ** 2;

/** An archive with one file of so many megabytes, as parts that are all there at once; nothing of it is kept. */
function* archive(megabytes: number, noise: Uint8Array): Generator<Uint8Array> {
  yield header({ name: 'large', size: megabytes * megabyte });
  for (let index = 0; index < megabytes; index += 1) yield noise;
  yield Buffer.alloc(1024);
}

suite('memory', () => {
  const forms: readonly (readonly [name: string, compress: (part: Uint8Array) => Uint8Array])[] = [
    ['as it is', (part) => part],
    // One member each, which stands for as many parts as there are.
    ['as gzip', (part) => gzipSync(part, { level: 1 })],
  ];
  for (const [name, compress] of forms) {
    test(`stays bounded while 256 MiB of noise are read ${name}`, async () => {
      const noise = randomBytes(megabyte);
      const made = new Map<number, Uint8Array>();
      const compressed = function* (): Generator<Uint8Array> {
        for (const part of archive(256, noise)) {
          const known = made.get(part.length) ?? compress(part);
          made.set(part.length, known);
          yield known;
        }
      };
      const [blob, plain] = [createHash('sha256'), createHash('sha256')];
      let size = 0;
      for (const part of archive(256, noise)) plain.update(part);
      for (const part of compressed()) {
        blob.update(part);
        size += part.length;
      }
      const digest = parseDigest(`sha256:${blob.digest('hex')}`);
      await withWork({}, async (work) => {
        await work.read(taskOf(layerOf([]))).result;
        const before = process.memoryUsage.rss();
        let most = 0;
        const open = async function* () {
          for (const part of compressed()) {
            most = Math.max(most, process.memoryUsage.rss());
            yield part;
          }
        };
        const { result } = work.read({
          ...taskOf(layerOf([])),
          descriptor: { mediaType: mediaTypes.ociLayerGzip, digest, size, urls: [], annotations: {} },
          diffId: parseDigest(`sha256:${plain.digest('hex')}`),
          open: async () => open(),
        });
        await result;
        assert.ok(most > 0 && most - before < 128 * megabyte, `${Math.round((most - before) / megabyte)} MiB more`);
      });
    });
  }
});
