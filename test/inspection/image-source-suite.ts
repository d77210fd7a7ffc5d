// The suite that every ImageSource passes, whatever lies behind it: a registry, a layout, an archive, memory.
//
//   imageSourceSuite('OCI layouts', async (content) => {
//     …write or serve content.tags (every manifest and blob of each image), with content.replaced in place of the right bytes…
//     return { source, name: 'registry.example.com/app', close };
//   });
//
// `name` is the repository under which the content is found; the suite adds `:tag` and `@digest`.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { parseStrictJson } from '../../src/base/strict-json.ts';
import type { Access, ImageSource } from '../../src/inspection/image-source.ts';
import { type Descriptor, parseDescriptor } from '../../src/oci/descriptor.ts';
import { type Digest, digestOf } from '../../src/oci/digest.ts';
import { defaultDocumentLimits as limits } from '../../src/oci/limits.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { type BuiltImage, image, index } from '../support/image.ts';
import type { ServedContent } from '../support/memory-source.ts';
import { file } from '../support/tar.ts';
import { layerClaims } from './layer-claims.ts';

export interface ServedSource {
  /** With the default limits. */
  readonly source: ImageSource;
  /** `host/repository` of the content. */
  readonly name: string;
  close(): Promise<void>;
}

export type ServeImages = (content: ServedContent) => Promise<ServedSource>;

const single = image()
  .config({ User: '1000' })
  .layer([file('app', 'one')])
  .build();
const docker = image()
  .docker()
  .layer([file('app', 'two')])
  .build();
const strong = image().algorithm('sha512').config({ User: '7' }).build();
const several = index([single, image().platform('linux/arm64').build()]);
const oversized = image()
  .manifest({ annotations: { padding: 'x'.repeat(limits.maxManifestBytes) } })
  .build();

const tags = new Map([
  ['single', single],
  ['docker', docker],
  ['strong', strong],
  ['several', several],
  ['oversized', oversized],
]);

const absent = digestOf('nobody has this');
const never = (): Promise<boolean> => Promise.resolve(false);
const always = (): Promise<boolean> => Promise.resolve(true);

/** What not every store holds: broken bytes under a right name, a manifest beyond the limit, content under sha512. */
export type Oddity = 'replaced' | 'oversized' | 'sha512';

/** Runs the suite against what `serve` makes; each test serves its own content. Claims about what the store cannot hold are skipped. */
export function imageSourceSuite(name: string, serve: ServeImages, cannotHold: readonly Oddity[] = []): void {
  const held = new Map(
    [...tags].filter(
      ([, built]) =>
        !(built === oversized && cannotHold.includes('oversized')) &&
        !(built === strong && cannotHold.includes('sha512')),
    ),
  );
  const oddityIn = (text: string, content: ServedContent): Oddity | undefined => {
    const needed: readonly Oddity[] = [
      ...(content.replaced === undefined ? [] : ['replaced' as const]),
      ...(text.includes('sha512') ? ['sha512' as const] : []),
      ...(text.includes('manifest beyond its limit') ? ['oversized' as const] : []),
    ];
    return needed.find((oddity) => cannotHold.includes(oddity));
  };
  const claim = (
    text: string,
    run: (served: ServedSource) => Promise<void>,
    content: ServedContent = { tags },
  ): void => {
    const oddity = oddityIn(text, content);
    const skip = oddity === undefined ? false : `${name} cannot hold what is ${oddity}`;
    test(text, { skip }, async () => {
      const served = await serve({ ...content, tags: held });
      try {
        await run(served);
      } finally {
        await served.close();
      }
    });
  };

  suite(`${name}: resolve`, () => {
    for (const [tag, built] of [...tags].filter(([, one]) => one !== oversized && one !== strong)) {
      claim(`gives the digest and the verified document of ${tag}`, async ({ source, name: repository }) => {
        const reference = parseReference(`${repository}:${tag}`);
        const resolution = await source.resolve(reference, anonymous(), never);
        assert.equal(resolution.digest, built.digest);
        assert.deepEqual(await documentOf(source, repository, resolution), Buffer.from(built.bytes));
      });
    }

    claim('finds an image by its digest', async ({ source, name: repository }) => {
      const resolution = await source.resolve(parseReference(`${repository}@${docker.digest}`), anonymous(), never);
      assert.equal(resolution.digest, docker.digest);
    });

    claim('goes by the digest where a tag is there as well', async ({ source, name: repository }) => {
      const reference = parseReference(`${repository}:docker@${single.digest}`);
      assert.equal((await source.resolve(reference, anonymous(), never)).digest, single.digest);
    });

    claim('finds a manifest addressed by sha512', async ({ source, name: repository }) => {
      const resolution = await source.resolve(parseReference(`${repository}@${strong.digest}`), anonymous(), never);
      assert.equal(resolution.digest, strong.digest);
      assert.deepEqual(await documentOf(source, repository, resolution), Buffer.from(strong.bytes));
    });

    claim('gives the same digest when it is known', async ({ source, name: repository }) => {
      const reference = parseReference(`${repository}:single`);
      await source.resolve(reference, anonymous(), never);
      assert.equal((await source.resolve(reference, anonymous(), always)).digest, single.digest);
    });

    refuses('a tag that is not there', 'registry/not-found', ({ source, name: repository }) =>
      source.resolve(parseReference(`${repository}:absent`), anonymous(), never),
    );

    refuses('a digest that is not there', 'registry/not-found', ({ source, name: repository }) =>
      read(source, repository, `@${absent}`),
    );

    refuses('a manifest beyond its limit', 'limit', ({ source, name: repository }) =>
      read(source, repository, ':oversized'),
    );

    refuses('a caller who has gone', 'cancelled', ({ source, name: repository }) =>
      source.resolve(parseReference(`${repository}:single`), anonymous(AbortSignal.abort()), never),
    );

    refuses(
      'a manifest that is not what its digest says',
      'integrity/digest',
      ({ source, name: repository }) => read(source, repository, `@${single.digest}`),
      { tags, replaced: new Map([[single.digest, flipped(single.bytes)]]) },
    );
  });

  suite(`${name}: readManifest`, () => {
    const child = single;

    claim('gives the child of an index', async ({ source, name: repository }) => {
      const reference = parseReference(`${repository}:several`);
      await source.resolve(reference, anonymous(), never);
      const held = await source.readManifest(reference, descriptorOf(child), anonymous());
      assert.deepEqual(Buffer.from(held.bytes), Buffer.from(child.bytes));
    });

    for (const [what, bytes] of spoiled(child.bytes)) {
      refuses(
        `a child ${what}`,
        /^integrity\/(?:digest|size)$/,
        async ({ source, name: repository }) => {
          const reference = parseReference(`${repository}:several`);
          await source.resolve(reference, anonymous(), never);
          return source.readManifest(reference, descriptorOf(child), anonymous());
        },
        { tags, replaced: new Map([[child.digest, bytes]]) },
      );
    }

    refuses('a child that is not there', 'registry/not-found', ({ source, name: repository }) =>
      source.readManifest(parseReference(`${repository}:several`), { digest: absent }, anonymous()),
    );
  });

  suite(`${name}: readConfig`, () => {
    for (const [text, built] of [
      ['an OCI', single],
      ['a Docker', docker],
      ['a sha512', strong],
    ] as const) {
      claim(`gives the config of ${text} image`, async ({ source, name: repository }) => {
        const bytes = await source.readConfig(
          parseReference(`${repository}@${built.digest}`),
          configOf(built),
          anonymous(),
        );
        assert.deepEqual(Buffer.from(bytes), Buffer.from(built.config?.bytes ?? ''));
      });
    }

    const config = configOf(single);
    for (const [what, bytes] of spoiled(single.config?.bytes ?? Buffer.alloc(0))) {
      refuses(
        `a config ${what}`,
        /^integrity\/(?:digest|size)$/,
        ({ source, name: repository }) =>
          source.readConfig(parseReference(`${repository}:single`), config, anonymous()),
        { tags, replaced: new Map([[config.digest, bytes]]) },
      );
    }

    refuses('a config of another size than announced', 'integrity/size', ({ source, name: repository }) =>
      source.readConfig(parseReference(`${repository}:single`), { ...config, size: config.size + 1 }, anonymous()),
    );

    refuses('a config announced beyond its limit', 'limit', ({ source, name: repository }) =>
      source.readConfig(
        parseReference(`${repository}:single`),
        { ...config, size: limits.maxConfigBytes + 1 },
        anonymous(),
      ),
    );

    refuses('a config that is not there', 'registry/not-found', ({ source, name: repository }) =>
      source.readConfig(parseReference(`${repository}:single`), { ...config, digest: absent }, anonymous()),
    );
  });

  layerClaims(name, serve, !cannotHold.includes('replaced'));

  function refuses(
    what: string,
    code: FaultCode | RegExp,
    run: (served: ServedSource) => Promise<unknown>,
    content?: ServedContent,
  ): void {
    const isWanted = (fault: Fault): boolean =>
      typeof code === 'string' ? fault.code === code : code.test(fault.code);
    claim(
      `refuses ${what}`,
      async (served) => {
        await assert.rejects(run(served), (thrown) => {
          assert.ok(thrown instanceof Fault, `not a Fault: ${String(thrown)}`);
          assert.ok(isWanted(thrown), `${thrown.code}: ${thrown.message}`);
          return true;
        });
      },
      content,
    );
  }
}

/** Access without credentials, as most tests need it. */
export function anonymous(signal: AbortSignal = new AbortController().signal): Access {
  return { keyring: { lookup: () => Promise.resolve([]) }, signal };
}

/** Resolves and reads, because a source may bring the document with the one or with the other. */
async function read(source: ImageSource, repository: string, suffix: string): Promise<Buffer> {
  const reference = parseReference(repository + suffix);
  return documentOf(source, repository, await source.resolve(reference, anonymous(), never));
}

async function documentOf(
  source: ImageSource,
  repository: string,
  resolution: { readonly digest: Digest; readonly document?: Uint8Array },
): Promise<Buffer> {
  if (resolution.document !== undefined) return Buffer.from(resolution.document);
  const reference = parseReference(`${repository}@${resolution.digest}`);
  return Buffer.from((await source.readManifest(reference, { digest: resolution.digest }, anonymous())).bytes);
}

function configOf(built: BuiltImage): Descriptor {
  return parseDescriptor(JSON.parse(Buffer.from(built.bytes).toString()).config);
}

function spoiled(bytes: Uint8Array): readonly (readonly [what: string, bytes: Uint8Array])[] {
  return [
    ['with one byte changed', flipped(bytes)],
    ['with one byte more', Buffer.concat([bytes, Buffer.from(' ')])],
    ['with one byte less', bytes.subarray(0, -1)],
  ];
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[copy.length - 2] = (copy[copy.length - 2] ?? 0) ^ 1;
  return copy;
}

function descriptorOf(built: BuiltImage): Descriptor {
  return parseDescriptor(parseStrictJson(JSON.stringify(built.descriptor)));
}
