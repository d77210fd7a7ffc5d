// Images that slip past one or another scanner of the day, each seen by the command line on an OCI layout.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { digestOf } from '../../src/oci/digest.ts';
import { alnum, withChecksum62 } from '../secrets/token-parts.ts';
import { type BuiltImage, ImageBuilder, image, index } from '../support/image.ts';
import { writeOciLayout } from '../support/oci-layout.ts';
import { directory, file, hardlink, symlink, tar, whiteout } from '../support/tar.ts';
import { type CommandLine, createCommandLine } from './support/command-line.ts';
import { reportOf, type ToldEvidence, type ToldSubject } from './support/told.ts';

const policy = {
  apiVersion: 'tidewaiter.dev/v1alpha1',
  kind: 'ImageAdmissionPolicy',
  metadata: { name: 'everything' },
  spec: {
    action: 'deny',
    checks: {
      user: { nonRoot: true },
      healthcheck: { required: true },
      secrets: { in: ['env', 'history', 'label', 'command', 'file', 'deleted-file'] },
      size: { maxWastedPercent: 10 },
    },
  },
};

/** None of them was ever issued. */
const githubToken = (body?: string): string => ['gh', 'p_', withChecksum62(body)].join('');
const npmToken = (): string => ['npm', '_', withChecksum62()].join('');
const databaseUrl = (password: string): string =>
  `DATABASE_URL=${['postgres', '://app:', password, '@db.internal/shop'].join('')}\n`;

/** Nothing is wrong with it. */
const good = image()
  .config({ User: 'node', Healthcheck: { Test: ['CMD', '/app/server', '--health'] } })
  .layer(
    [
      file('etc/os-release', 'ID=debian\n'),
      file('etc/passwd', 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n'),
      file('app/server', 'x'.repeat(20_000)),
    ],
    'ADD rootfs.tar / # buildkit',
  );

interface Row {
  readonly image: () => ImageBuilder | BuiltImage | Promise<ImageBuilder>;
  /** `rule /path` where the evidence has one. */
  readonly finds: readonly string[];
}

const zstdLayer = (content: string): Parameters<ImageBuilder['rawLayer']>[0] => {
  const plain = tar([file('app/.npmrc', content)]);
  return {
    bytes: zstdCompressSync(plain),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
    diffId: digestOf(plain),
  };
};

const rows: Readonly<Record<string, Row>> = {
  'nothing wrong': { image: () => good, finds: [] },
  'a CMD before the last COPY, as bases have one at their end': {
    image: () =>
      good.step('CMD ["/app/server"]').layer([file('app/token', githubToken())], 'COPY token /app/ # buildkit'),
    finds: ['secrets/file /app/token'],
  },
  'USER 0': { image: () => good.config({ User: '0' }), finds: ['user/root'] },
  'a user named otherwise whose uid is 0': {
    image: () => good.config({ User: 'toor' }).layer([file('etc/passwd', 'toor:x:0:0::/root:/bin/sh\n')]),
    finds: ['user/root'],
  },
  'USER node in a stage that the last one only copies from': {
    image: () => good.config({ User: '' }).step('COPY --from=build /app /app # buildkit'),
    finds: ['user/root'],
  },
  'HEALTHCHECK NONE': {
    image: () => good.config({ Healthcheck: { Test: ['NONE'] } }),
    finds: ['healthcheck/disabled'],
  },
  'rm -rf of a directory in a later layer': {
    image: () =>
      good
        .layer(
          [directory('build'), ...['a', 'b', 'c'].map((name) => file(`build/${name}`, name.repeat(20_000)))],
          'RUN make',
        )
        .layer([whiteout('build')], 'RUN rm -rf /build'),
    finds: ['size/wasted'],
  },
  'an npm token without quotes': {
    image: () => good.layer([file('app/.npmrc', `//registry.example.com/:_authToken=${npmToken()}\n`)]),
    finds: ['secrets/file /app/.npmrc'],
  },
  'an npm token of an older form, without quotes': {
    image: () => good.layer([file('app/.npmrc', `//registry.example.com/:_authToken=${alnum(40)}\n`)]),
    finds: ['secrets/file /app/.npmrc'],
  },
  'settings below a directory of tests': {
    image: () => good.layer([file('app/tests/.env', databaseUrl(alnum(20)))]),
    finds: ['secrets/file /app/tests/.env'],
  },
  "settings among a web server's pages": {
    image: () => good.layer([file('usr/share/nginx/html/.env', databaseUrl(alnum(20)))]),
    finds: ['secrets/file /usr/share/nginx/html/.env'],
  },
  'a token that a RUN wrote': {
    image: () =>
      good.layer(
        [file('root/.netrc', `machine git.internal login bot password ${alnum(24)}\n`)],
        'RUN ./setup # buildkit',
      ),
    finds: ['secrets/file /root/.netrc'],
  },
  'a token in a layer that zstd compressed': {
    image: () => good.rawLayer(zstdLayer(`//registry.example.com/:_authToken=${npmToken()}\n`)),
    finds: ['secrets/file /app/.npmrc'],
  },
  'a token inside a program': {
    image: async () => {
      const elf = await readFile(process.execPath).then((bytes) => bytes.subarray(0, 200_000));
      assert.equal(elf.subarray(1, 4).toString(), 'ELF');
      const token = Buffer.from(`\0${githubToken()}\0`);
      return good.layer([file('app/tool', Buffer.concat([elf.subarray(0, 100_000), token, elf.subarray(100_000)]))]);
    },
    finds: ['secrets/file /app/tool'],
  },
  'a file that a later layer deletes': {
    image: () =>
      good.layer([file('app/key', githubToken())], 'COPY key /app/').layer([whiteout('app/key')], 'RUN rm /app/key'),
    finds: ['secrets/deleted-file /app/key'],
  },
  'a file whose directory a later layer deletes': {
    image: () =>
      good
        .layer([file('app/conf/key', githubToken())], 'COPY conf /app/conf')
        .layer([whiteout('app/conf')], 'RUN rm -r /app/conf'),
    finds: ['secrets/deleted-file /app/conf/key'],
  },
  'a file whose directory a later layer makes anew': {
    image: () =>
      good
        .layer([file('app/conf/key', githubToken())], 'COPY conf /app/conf')
        .layer([directory('app/conf'), file('app/conf/.wh..wh..opq')], 'RUN rm -r /app/conf && mkdir /app/conf'),
    finds: ['secrets/deleted-file /app/conf/key'],
  },
  'a file that its own layer writes again': {
    image: () => good.layer([file('app/token', githubToken()), file('app/token', 'nothing')], 'COPY token /app/'),
    finds: ['secrets/deleted-file /app/token'],
  },
  'a file that its own layer deletes, as no builder would': {
    image: () => good.layer([file('app/token', githubToken()), whiteout('app/token')], 'COPY token /app/'),
    finds: ['secrets/file /app/token'],
  },
  'a file whose first name a later layer deletes, and a second one keeps': {
    image: () =>
      good
        .layer([file('app/token', githubToken()), hardlink('app/kept', 'app/token')], 'COPY token /app/')
        .layer([whiteout('app/token')], 'RUN rm /app/token'),
    finds: ['secrets/file /app/token'],
  },
  'a file that a symbolic link leads to': {
    image: () => good.layer([file('root/.token', githubToken()), symlink('app/token', '/root/.token')]),
    finds: ['secrets/file /root/.token'],
  },
  'a token in the image for one of two platforms': {
    image: () => {
      const other = good.platform('linux/arm64').layer([file('app/token', githubToken())]);
      return index([good.build(), other.build()]);
    },
    finds: ['secrets/file /app/token'],
  },
  'a token with the word "false" in it': {
    image: () => good.layer([file('app/token', githubToken(`false${alnum(25)}`))]),
    finds: ['secrets/file /app/token'],
  },
  'a password with the word "false" in it': {
    image: () => good.layer([file('app/.env', databaseUrl(`false${alnum(15)}`))]),
    finds: ['secrets/file /app/.env'],
  },
  'another token of the same kind in the same place in a later layer': {
    image: () =>
      good
        .layer([file('app/token', githubToken())], 'COPY first /app/token')
        .layer([file('app/token', githubToken())], 'COPY second /app/token'),
    finds: ['secrets/deleted-file /app/token', 'secrets/file /app/token'],
  },
};

describe('a layer that is not read makes nothing look clean', () => {
  let place: string;
  let tidewaiter: CommandLine;
  const cases = {
    'because it is encrypted': {
      built: good.rawLayer({ bytes: Buffer.from('x'), mediaType: 'application/vnd.oci.image.layer.v1.tar+encrypted' }),
      rule: 'undecided/unsupported',
      told: 'layer 2 of 2: a layer is of encrypted kind',
    },
    'because it lies elsewhere': {
      built: good.rawLayer({ bytes: Buffer.from('x'), extra: { urls: ['https://elsewhere.example.com/x'] } }),
      rule: 'undecided/unsupported',
      told: 'layer 2 of 2: a layer is of foreign kind',
    },
    'because it goes beyond a limit': {
      built: good.layer(Array.from({ length: 20 }, (_, index) => file(`app/${index}`))),
      rule: 'undecided/limit',
      told: 'layer 2 of 2: a layer goes beyond maxLayerEntries',
    },
  };

  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'tidewaiter-unread-'));
    tidewaiter = createCommandLine(place);
    await writeFile(join(place, 'policy.yaml'), JSON.stringify(policy));
    const settings = { apiVersion: 'tidewaiter.dev/v1alpha1', kind: 'Configuration' };
    const layers = { limits: { maxLayerEntries: 10 } };
    await writeFile(join(place, 'configuration.yaml'), JSON.stringify({ ...settings, layers }));
  });
  after(() => rm(place, { recursive: true, force: true }));

  for (const [claim, { built, rule, told }] of Object.entries(cases)) {
    it(claim, async () => {
      const layout = await mkdtemp(join(place, 'image-'));
      await writeOciLayout(layout, { tags: new Map([['1', built.build()]]) });
      const run = (...args: readonly string[]) =>
        tidewaiter([...args, '--config', join(place, 'configuration.yaml'), `oci:${layout}`]);
      const checked = await run('check', '--policies', join(place, 'policy.yaml'));
      const checkedText = checked.stdout.replace(/\s+/g, ' ');
      assert.deepEqual(
        [checked.code, checkedText.includes(rule), checkedText.includes(told)],
        [3, true, true],
        checked.stdout,
      );
      const inspected = await run('inspect');
      const inspectedText = inspected.stdout.replace(/\s+/g, ' ');
      assert.deepEqual([inspected.code, inspectedText.includes(told)], [3, true], inspected.stdout + inspected.stderr);
      assert.match(inspectedText, /secrets none found in manifest and config alone/);
      assert.match(inspectedText, /coverage 0 of 2 layers read/);
    });
  }
});

describe('is seen by the command line', () => {
  let place: string;
  let tidewaiter: CommandLine;
  let subjects: ReadonlyMap<string, ToldSubject>;
  let printed: string;

  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'tidewaiter-evasions-'));
    tidewaiter = createCommandLine(place);
    await writeFile(join(place, 'policy.yaml'), JSON.stringify(policy));
    const targets: string[] = [];
    for (const [number, row] of Object.values(rows).entries()) {
      const layout = join(place, `image-${number}`);
      await mkdir(layout);
      const picture = await row.image();
      const built = picture instanceof ImageBuilder ? picture.build() : picture;
      await writeOciLayout(layout, { tags: new Map([['1', built]]) });
      targets.push(`oci:${layout}`);
    }
    const checked = await tidewaiter(['check', '-o', 'json', '--policies', join(place, 'policy.yaml'), ...targets]);
    const told = new Map(reportOf(checked).subjects.map((subject) => [subject.target, subject]));
    printed = checked.stdout;
    subjects = new Map(
      Object.keys(rows).map((claim, number) => [claim, told.get(targets[number] ?? '') ?? assert.fail(claim)]),
    );
  });
  after(() => rm(place, { recursive: true, force: true }));

  const toldAt = (rule: string, evidence: ToldEvidence | undefined): string =>
    rule.startsWith('secrets/') ? `${rule} ${evidence?.path ?? ''}` : rule;

  for (const [claim, { finds }] of Object.entries(rows)) {
    it(claim, () => {
      const { findings, verdict, coverage } = subjects.get(claim) ?? assert.fail(claim);
      assert.deepEqual(
        findings.map(({ rule, evidence }) => toldAt(rule, evidence)),
        finds,
      );
      assert.equal(verdict, finds.length === 0 ? 'allow' : 'deny');
      assert.equal(coverage?.read, coverage?.layers);
    });
  }

  it('each of two tokens in one place with the layer that brought it', () => {
    const [before, now] =
      subjects.get('another token of the same kind in the same place in a later layer')?.findings ?? [];
    assert.deepEqual([now?.evidence?.addedBy?.index, now?.evidence?.hiddenBy], [2, undefined]);
    assert.deepEqual([before?.evidence?.addedBy?.index, before?.evidence?.hiddenBy?.index], [1, 2]);
    assert.match(before?.message ?? '', /overwritten by layer 3/);
  });

  it('and no token is printed', () => {
    assert.doesNotMatch(printed, /gh[p]_[A-Za-z0-9]|np[m]_[A-Za-z0-9]/);
  });
});
