// The token that a build used and `rm` did not remove, in every form that builders and registries give an image; and the build that mounts it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createApiServerClient } from '../e2e/support/api-server-client.ts';
import { createAuthority } from '../e2e/support/certificates.ts';
import { startService } from '../e2e/support/service.ts';
import { until } from '../e2e/support/until.ts';
import { withChecksum62 } from '../secrets/token-parts.ts';
import { admissionReview, podWith } from '../support/admission-review.ts';
import { type BuildOptions, createImageBuilder, type ImageBuilder } from '../support/built-images.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { type RealRegistry, startRealRegistry } from '../support/real-registry.ts';
import { type CommandLine, createCommandLine, type Ended, policies } from './support/command-line.ts';
import { reportOf, type ToldFinding, type ToldSubject } from './support/told.ts';

const run = promisify(execFile);

/** No such token was ever issued. */
const tokenBody = withChecksum62();
const token = ['npm', '_', tokenBody].join('');
const tokenParts = [tokenBody.slice(0, 12), tokenBody.slice(12, 24), tokenBody.slice(24)];

const copied = `FROM localhost/base
WORKDIR /app
COPY npmrc /root/.npmrc
RUN grep -c _authToken /root/.npmrc > installed
RUN rm /root/.npmrc
USER 10001
`;

const mounted = `FROM localhost/base
WORKDIR /app
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc grep -c _authToken /root/.npmrc > installed
USER 10001
`;

interface Variant extends Pick<BuildOptions, 'format' | 'layers'> {
  readonly story: 'copied' | 'mounted';
  readonly compressed: 'gzip' | 'zstd' | 'zstd:chunked';
}

/** Only the OCI format has zstd. */
const variants: readonly Variant[] = [
  { story: 'copied', format: 'docker', layers: 'layers', compressed: 'gzip' },
  { story: 'copied', format: 'oci', layers: 'layers', compressed: 'gzip' },
  { story: 'copied', format: 'oci', layers: 'layers', compressed: 'zstd' },
  { story: 'copied', format: 'oci', layers: 'layers', compressed: 'zstd:chunked' },
  { story: 'copied', format: 'docker', layers: 'squashed', compressed: 'gzip' },
  { story: 'mounted', format: 'docker', layers: 'layers', compressed: 'gzip' },
  { story: 'mounted', format: 'oci', layers: 'layers', compressed: 'zstd' },
];

const nameOf = ({ story, format, layers, compressed }: Variant): string =>
  `${story}-${format}-${layers}-${compressed.replace(':', '-')}`;

describe('a token that a build needed', {
  skip: skipWithout('buildah', 'skopeo', 'mmdebstrap', 'docker-registry'),
}, () => {
  let registry: RealRegistry;
  let builder: ImageBuilder;
  let tidewaiter: CommandLine;
  let checked: Ended;
  let subjects: ReadonlyMap<string, ToldSubject>;
  const imageOf = (variant: Variant): string => `${registry.host}/shop/${nameOf(variant)}:1`;
  const told = (variant: Variant): ToldSubject => subjects.get(imageOf(variant)) ?? assert.fail(nameOf(variant));
  const secretsOf = (variant: Variant): readonly ToldFinding[] =>
    told(variant).findings.filter(({ rule }) => rule.startsWith('secrets/'));

  before(async () => {
    [registry, builder] = await Promise.all([startRealRegistry(), createImageBuilder()]);
    const home = join(builder.directory, 'home');
    await mkdir(home);
    tidewaiter = createCommandLine(home);
    const npmrc = `//registry.example.com/:_authToken=${token}\n`;
    await writeFile(join(builder.context, 'npmrc'), npmrc);
    await writeFile(join(builder.directory, 'npmrc'), npmrc);
    const secrets = { npmrc: join(builder.directory, 'npmrc') };
    const built = new Set<string>();
    for (const variant of variants) {
      const { story, format, layers, compressed } = variant;
      const name = `${story}-${format}-${layers}`;
      if (!built.has(name)) await builder.build(name, { copied, mounted }[story], { format, layers, secrets });
      built.add(name);
      // By way of a directory, because skopeo takes blobs that a registry already has in whatever compression.
      const layout = `oci:${join(builder.directory, nameOf(variant))}:1`;
      await builder.copy(name, layout, ['--dest-compress-format', compressed]);
      const to = format === 'docker' ? ['--format=v2s2'] : ['--preserve-digests'];
      await run('skopeo', ['copy', '-q', ...to, '--dest-tls-verify=false', layout, `docker://${imageOf(variant)}`]);
    }
    const images = variants.map(imageOf);
    checked = await tidewaiter(['check', '-o', 'json', '--policies', join(policies, 'multi-stage'), ...images]);
    subjects = new Map(reportOf(checked).subjects.map((subject) => [subject.image, subject]));
  });
  after(async () => {
    await registry?.close();
    await builder?.close();
  });

  for (const variant of variants) {
    const { story, format, layers, compressed } = variant;
    if (story === 'copied' && layers === 'layers') {
      it(`copied, used and removed: is refused, with the layers and instructions it is about (${format}, ${compressed})`, () => {
        const [finding = assert.fail('nothing found'), ...others] = secretsOf(variant);
        assert.deepEqual(others, []);
        const { rule, action, severity, message, advice, evidence } = finding;
        assert.deepEqual([rule, action, severity], ['secrets/deleted-file', 'deny', 'critical']);
        assert.equal(
          message.replace(/file:[0-9a-f]+ in/, 'npmrc'),
          'an npm access token (npm_…) lies in /root/.npmrc, deleted by layer 4 (`RUN rm /root/.npmrc`) ' +
            'but still downloadable from layer 2 (`COPY npmrc /root/.npmrc`)',
        );
        assert.match(advice, /--mount=type=secret/);
        assert.match(advice, /revoke/);
        const { kind, path, line, detector, state, addedBy, hiddenBy } = evidence ?? {};
        assert.deepEqual(
          { kind, path, line, detector, state, added: addedBy?.index, hidden: hiddenBy?.index },
          { kind: 'file', path: '/root/.npmrc', line: 1, detector: 'npm-token', state: 'deleted', added: 1, hidden: 3 },
        );
        assert.equal(told(variant).verdict, 'deny');
      });
    } else {
      const how = story === 'copied' ? 'copied, used and removed, then squashed' : 'mounted';
      it(`${how}: is in no layer (${format}, ${compressed})`, () => {
        assert.deepEqual(secretsOf(variant), []);
        assert.notEqual(told(variant).verdict, 'deny');
      });
    }
  }

  it('the registry has them in the compression that they are told apart by', async () => {
    for (const variant of variants) {
      const [compressed] = variant.compressed.split(':');
      const source = ['--tls-verify=false', `docker://${imageOf(variant)}`];
      const { stdout } = await run('skopeo', ['inspect', '--raw', ...source]);
      const { layers }: { readonly layers: readonly { readonly mediaType: string }[] } = JSON.parse(stdout);
      for (const { mediaType } of layers) assert.ok(mediaType.endsWith(`${compressed}`), mediaType);
    }
  });

  it('all layers of all images were read', () => {
    for (const variant of variants) {
      const { read = 0, layers } = told(variant).coverage ?? {};
      assert.ok(read > 0 && read === layers, nameOf(variant));
    }
  });

  it('is never printed, in part or whole', async () => {
    const [image = ''] = variants.map(imageOf);
    const printed = [
      checked,
      await tidewaiter(['check', '--policies', join(policies, 'multi-stage'), image]),
      await tidewaiter(['inspect', image]),
      await tidewaiter(['inspect', '-o', 'json', image]),
    ];
    for (const { stdout, stderr } of printed) {
      assert.notEqual(stdout, '');
      for (const part of tokenParts) assert.ok(!`${stdout}${stderr}`.includes(part));
    }
  });

  it('is refused at the door of the cluster as well, once the layers are read', async () => {
    const authority = await createAuthority('token');
    await using service = await startService({
      folder: join(builder.directory, 'service'),
      certificate: await authority.issueServer(['127.0.0.1']),
      configuration: {
        kubernetes: { enabled: false },
        policies: { paths: [join(policies, 'multi-stage')] },
        registries: [{ match: registry.host, plainHTTP: true, allowAddresses: ['127.0.0.0/8'] }],
        server: { shutdown: { grace: '0s' } },
      },
    });
    using apiServer = createApiServerClient({ url: service.reviewsUrl, ca: authority.cert });
    const answerTo = async (variant: Variant): Promise<{ readonly allowed: boolean; readonly message: string }> => {
      const pod = podWith({ containers: [{ name: 'app', image: imageOf(variant) }] });
      const { response } = (await apiServer.ask(admissionReview(pod))).body;
      return { allowed: response.allowed, message: response.status?.message ?? '' };
    };
    const copy = variants.find(({ story }) => story === 'copied') ?? assert.fail();
    const mount = variants.find(({ story }) => story === 'mounted') ?? assert.fail();
    let refused = await answerTo(copy);
    await until(
      async () => {
        refused = await answerTo(copy);
        assert.equal(refused.allowed, false);
        return !refused.message.includes('undecided/pending');
      },
      { what: 'the layers to be read', timeoutMs: 30_000 },
    );
    assert.match(refused.message, /secrets\/deleted-file: an npm access token \(npm_…\) lies in \/root\/\.npmrc/);
    assert.ok(!tokenParts.some((part) => refused.message.includes(part)));
    await until(async () => (await answerTo(mount)).allowed, {
      what: 'the image with the mounted token to be let in',
      timeoutMs: 30_000,
    });
  });
});
