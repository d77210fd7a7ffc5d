// What every ImageSource promises about layers; part of the suite of image sources.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import type { Access, ImageSource } from '../../src/inspection/image-source.ts';
import { type Descriptor, parseDescriptor } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { type BuiltImage, image } from '../support/image.ts';
import { file } from '../support/tar.ts';
import type { ServeImages } from './image-source-suite.ts';

const wide = image()
  .layer([file('small', 'one')])
  .layer([file('large', randomBytes(1_200 * 1024).toString('hex'))])
  .rawLayer({ bytes: Buffer.alloc(0) })
  .build();
const tags = new Map([['wide', wide]]);
const [small, large, empty] = layersOf(wide);
const absent = digestOf('nobody has this layer');

/** A store that cannot hold broken bytes under a right name is not asked for them. */
export function layerClaims(name: string, serve: ServeImages, holdsReplaced: boolean): void {
  const claim = (text: string, run: (source: ImageSource) => Promise<void>, replaced?: Uint8Array): void => {
    const skip = replaced !== undefined && !holdsReplaced ? `${name} cannot hold what is replaced` : false;
    test(text, { skip }, async () => {
      const content = { tags, ...(replaced === undefined ? {} : { replaced: new Map([[small.digest, replaced]]) }) };
      const served = await serve(content);
      repository = parseReference(`${served.name}@${wide.digest}`);
      try {
        await run(served.source);
      } finally {
        await served.close();
      }
    });
  };
  let repository = parseReference('registry.example.com/app');
  const open = (source: ImageSource, layer: Descriptor, signal?: AbortSignal) =>
    source.openLayer(repository, layer, accessUntil(signal));
  const has = (source: ImageSource, layer: Descriptor, signal?: AbortSignal) =>
    source.hasLayer(repository, layer, accessUntil(signal));
  const read = async (source: ImageSource, layer: Descriptor) =>
    Buffer.concat(await piecesOf(await open(source, layer)));

  suite(`${name}: openLayer`, () => {
    for (const [what, layer] of Object.entries({ small, large, empty })) {
      claim(`gives the bytes of the ${what} layer as they lie there`, async (source) => {
        assert.deepEqual(await read(source, layer), Buffer.from(wide.blobs.get(layer.digest) ?? 'absent'));
      });
    }

    claim('gives large layers in pieces', async (source) => {
      assert.ok((await piecesOf(await open(source, large))).length > 1);
    });

    claim('gives several at once, each its own', async (source) => {
      const [one, other, third] = await Promise.all([open(source, large), open(source, small), open(source, large)]);
      const read = await Promise.all(
        [one, other, third].map(async (stream) => digestOf(Buffer.concat(await piecesOf(stream)))),
      );
      assert.deepEqual(read, [large.digest, small.digest, large.digest]);
    });

    claim('lets go of what is left early, before its first piece and after', async (source) => {
      for (let count = 0; count < 5; count += 1) {
        const unread = (await open(source, large))[Symbol.asyncIterator]();
        await unread.return?.();
        for await (const _ of await open(source, large)) break;
      }
      assert.equal(digestOf(await read(source, large)), large.digest);
    });

    claim(
      'verifies nothing',
      async (source) => assert.deepEqual(await read(source, small), flipped(wide, small)),
      flipped(wide, small),
    );

    claim('refuses a layer of another size than announced', async (source) => {
      for (const size of [large.size - 1, large.size + 1, 0]) {
        await assert.rejects(open(source, { ...large, size }), faultOf('integrity/size'));
      }
    });

    claim('refuses a layer that is not there', (source) =>
      assert.rejects(open(source, { ...small, digest: absent }), faultOf('registry/not-found')),
    );

    claim('refuses a caller who has gone', (source) =>
      assert.rejects(open(source, small, AbortSignal.abort()), faultOf('cancelled')),
    );

    for (const [what, reason] of [
      ['a caller who goes between two pieces', new DOMException('gone', 'AbortError')],
      ['a deadline that passes between two pieces', new DOMException('late', 'TimeoutError')],
    ] as const) {
      claim(`ends with ${what}`, async (source) => {
        const caller = new AbortController();
        const pieces = (await open(source, large, caller.signal))[Symbol.asyncIterator]();
        await pieces.next();
        caller.abort(reason);
        await assert.rejects(pieces.next(), faultOf('cancelled'));
        assert.equal(digestOf(await read(source, large)), large.digest);
      });
    }

    claim('never follows urls', async (source) => {
      const foreign = { ...small, digest: absent, urls: [`https://registry.example.com/v2/app/blobs/${small.digest}`] };
      await assert.rejects(open(source, foreign), faultOf('registry/not-found'));
    });

    claim('gives embedded content without looking for it', async (source) => {
      const data = Buffer.from('embedded');
      const embedded = { ...small, digest: digestOf(data), size: data.length, data };
      assert.deepEqual(await read(source, embedded), data);
      assert.equal(await has(source, embedded), true);
    });
  });

  suite(`${name}: hasLayer`, () => {
    claim('knows the layers that are there', async (source) => {
      for (const layer of [small, large, empty]) assert.equal(await has(source, layer), true);
    });

    claim('does not know what is not there', async (source) => {
      assert.equal(await has(source, { ...small, digest: absent }), false);
    });

    claim('does not take a layer of another size for it', async (source) => {
      assert.equal(await has(source, { ...small, size: small.size + 1 }), false);
    });

    claim('refuses a caller who has gone', (source) =>
      assert.rejects(has(source, small, AbortSignal.abort()), faultOf('cancelled')),
    );
  });
}

function layersOf(built: BuiltImage): readonly [Descriptor, Descriptor, Descriptor] {
  const [one, two, three] = JSON.parse(Buffer.from(built.bytes).toString()).layers;
  return [parseDescriptor(one), parseDescriptor(two), parseDescriptor(three)];
}

function flipped(built: BuiltImage, { digest }: Descriptor): Buffer {
  const bytes = Buffer.from(built.blobs.get(digest) ?? '');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes;
}

async function piecesOf(stream: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece));
  return pieces;
}

function accessUntil(signal: AbortSignal = new AbortController().signal): Access {
  return { keyring: { lookup: () => Promise.resolve([]) }, signal };
}

function faultOf(code: string): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof Fault && thrown.code === code;
}
