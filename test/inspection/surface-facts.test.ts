// Surface facts: what manifest and config say, and that no credential gets through.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import type { RunnableImageFacts, SecretPlace } from '../../src/inspection/image-facts.ts';
import { artifactFacts, surfaceFacts } from '../../src/inspection/surface-facts.ts';
import { parseImageConfig } from '../../src/oci/image-config.ts';
import { defaultDocumentLimits as limits } from '../../src/oci/limits.ts';
import { type ImageManifest, parseManifest } from '../../src/oci/manifest.ts';
import { type BuiltImage, image } from '../support/image.ts';
import { file } from '../support/tar.ts';

const readAt = '2026-11-23T10:00:00Z';

function factsOf(built: BuiltImage): RunnableImageFacts {
  const config = parseImageConfig(built.config?.bytes ?? Buffer.from('{}'), limits);
  return surfaceFacts({ digest: built.digest, manifest: manifestOf(built), config, readAt });
}

function manifestOf(built: BuiltImage): ImageManifest {
  const manifest = parseManifest(built.bytes, { contentType: built.mediaType }, limits);
  assert.ok(manifest.kind === 'manifest');
  return manifest;
}

suite('surfaceFacts', () => {
  test('an empty config is an image that runs as root and says nothing', () => {
    const built = image().configDocument({ config: null, created: null }).build();
    const facts = factsOf(built);
    assert.deepEqual(
      { ...facts, annotations: { ...facts.annotations }, labels: { ...facts.labels } },
      {
        kind: 'image',
        schema: 1,
        detectors: 1,
        readAt,
        digest: built.digest,
        mediaType: built.mediaType,
        annotations: {},
        compressedSize: built.config?.bytes.length,
        layers: [],
        coverage: { layers: 0, read: 0, history: 'absent' },
        configDigest: built.config?.digest,
        platform: { os: 'linux', architecture: 'amd64' },
        builder: 'unknown',
        user: { kind: 'unset' },
        healthcheck: { kind: 'absent' },
        env: [],
        entrypoint: [],
        command: [],
        exposedPorts: [],
        volumes: [],
        workingDir: '',
        stopSignal: '',
        labels: {},
        history: [],
        secrets: [],
      },
    );
  });

  test('a layer knows its instruction and an instruction its layer', () => {
    const facts = factsOf(
      image()
        .layer([file('base')], 'ADD rootfs.tar / # buildkit')
        .step('ENV A=b')
        .layer([file('app')], 'COPY dist /srv # buildkit')
        .build(),
    );
    assert.deepEqual(
      facts.layers.map((layer) => layer.history),
      [0, 2],
    );
    assert.deepEqual(
      facts.history.map((row) => [row.keyword, row.layer]),
      [
        ['ADD', 0],
        ['ENV', undefined],
        ['COPY', 1],
      ],
    );
    assert.equal(facts.coverage.history, 'aligned');
    assert.equal(facts.builder, 'buildkit');
  });

  test('a layer that comes twice is counted once, and listed twice', () => {
    const once = image().layer([file('a', 'x'.repeat(1000))]);
    const twice = once.layer([file('a', 'x'.repeat(1000))]).build();
    const facts = factsOf(twice);
    assert.equal(facts.layers.length, 2);
    assert.equal(facts.compressedSize, (twice.config?.bytes.length ?? 0) + (twice.layers[0]?.bytes.length ?? 0));
  });

  test('sizes that add up beyond all bounds stay a number', () => {
    const huge = { bytes: Buffer.from('x'), extra: { size: Number.MAX_SAFE_INTEGER } };
    const facts = factsOf(
      image()
        .rawLayer(huge)
        .rawLayer({ ...huge, bytes: Buffer.from('y') })
        .build(),
    );
    assert.equal(facts.compressedSize, Number.MAX_SAFE_INTEGER);
  });

  test('foreign, encrypted and unknown layers are told apart', () => {
    const typed = (mediaType: string) => ({ bytes: Buffer.from(mediaType), mediaType });
    const built = image()
      .rawLayer(typed('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'))
      .rawLayer(typed('application/vnd.oci.image.layer.v1.tar+gzip+encrypted'))
      .rawLayer(typed('application/vnd.erofs.layer.v1'))
      .rawLayer({ bytes: Buffer.from('u'), extra: { urls: ['http://169.254.169.254/'] } })
      .build();
    assert.deepEqual(
      factsOf(built).layers.map((layer) => layer.kind),
      ['foreign', 'encrypted', 'unknown', 'foreign'],
    );
  });

  test('more or fewer diff ids than layers is refused', () => {
    for (const diffIds of [[], [`sha256:${'0'.repeat(64)}`, `sha256:${'1'.repeat(64)}`]]) {
      const built = image()
        .layer([file('a')])
        .configDocument({ rootfs: { type: 'layers', diff_ids: diffIds } })
        .build();
      assert.throws(
        () => factsOf(built),
        (thrown) => thrown instanceof Fault && thrown.code === 'image/malformed',
      );
    }
  });

  const healthchecks: readonly (readonly [test: unknown, kind: string])[] = [
    [undefined, 'absent'],
    [null, 'absent'],
    [{ Test: null }, 'absent'],
    [{ Test: [] }, 'absent'],
    [{ Test: ['NONE'] }, 'disabled'],
    [{ Test: ['CMD'] }, 'empty'],
    [{ Test: ['CMD', ''] }, 'empty'],
    [{ Test: ['CMD-SHELL', ' '] }, 'empty'],
    [{ Test: [''] }, 'empty'],
    [{ Test: ['curl', '-f', 'localhost'] }, 'empty'],
    [{ Test: ['CMD', 'curl', '-f', 'localhost'] }, 'present'],
    [{ Test: ['CMD-SHELL', 'curl -f localhost'], Interval: -1 }, 'present'],
  ];
  for (const [healthcheck, kind] of healthchecks) {
    test(`healthcheck ${JSON.stringify(healthcheck)} is ${kind}, in both forms of image`, () => {
      assert.equal(factsOf(image().config({ Healthcheck: healthcheck }).build()).healthcheck.kind, kind);
      assert.equal(factsOf(image().docker().config({ Healthcheck: healthcheck }).build()).healthcheck.kind, kind);
    });
  }

  test('a HEALTHCHECK in history alone is none', () => {
    const built = image().step('HEALTHCHECK &{["CMD" "true"]}').build();
    assert.equal(factsOf(built).healthcheck.kind, 'absent');
  });

  const instants: readonly (readonly [written: unknown, created: string | undefined])[] = [
    ['2026-03-01T12:00:00.123456789Z', '2026-03-01T12:00:00.123456789Z'],
    ['2026-03-01T12:00:00+02:00', '2026-03-01T12:00:00+02:00'],
    ['2126-03-01T12:00:00Z', '2126-03-01T12:00:00Z'],
    ['0001-01-01T00:00:00Z', undefined],
    ['1970-01-01T00:00:00Z', undefined],
    ['1980-01-01T00:00:01Z', undefined],
    ['2026-03-01', undefined],
    ['yesterday', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    [null, undefined],
  ];
  for (const [written, created] of instants) {
    test(`created ${JSON.stringify(written)} is ${created ?? 'unknown'}`, () => {
      assert.equal(factsOf(image().configDocument({ created: written }).build()).created, created);
    });
  }

  test('ports are numbers, and what is no port is left out', () => {
    const ports = ['8080/tcp', '53/UDP', '22', '8000-8010/tcp', '$PORT/tcp', '70000', '9-8', ''];
    const { exposedPorts } = factsOf(
      image()
        .config({ ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])) })
        .build(),
    );
    assert.deepEqual(
      exposedPorts.map((port) => [port.from, port.to, port.protocol]).toSorted(),
      [
        [22, 22, 'tcp'],
        [53, 53, 'udp'],
        [8000, 8010, 'tcp'],
        [8080, 8080, 'tcp'],
      ].toSorted(),
    );
  });

  test('env keeps what has no value, what has =, and what comes twice', () => {
    const { env } = factsOf(
      image()
        .config({ Env: ['A=b=c', 'B', 'A=d', '=x'] })
        .build(),
    );
    assert.deepEqual(env, [
      { name: 'A', value: 'b=c' },
      { name: 'B', value: '' },
      { name: 'A', value: 'd' },
      { name: '', value: 'x' },
    ]);
  });

  const name = 'org.opencontainers.image.base.name';
  const digest = 'org.opencontainers.image.base.digest';
  const bases: readonly (readonly [claim: string, built: BuiltImage, base: unknown])[] = [
    [
      'annotations name the base',
      image()
        .manifest({ annotations: { [name]: 'a', [digest]: 'b' } })
        .build(),
      { name: 'a', digest: 'b' },
    ],
    [
      'labels name it where annotations do not',
      image()
        .config({ Labels: { [name]: 'a' } })
        .build(),
      { name: 'a' },
    ],
    [
      'empty values say nothing',
      image()
        .manifest({ annotations: { [name]: '', [digest]: '' } })
        .build(),
      undefined,
    ],
  ];
  for (const [claim, built, base] of bases) {
    test(claim, () => assert.deepEqual(factsOf(built).base, base));
  }

  test('labels that look like parts of an object are data', () => {
    const { labels } = factsOf(
      image()
        .configDocument({ config: { Labels: JSON.parse('{"__proto__":"a"}') } })
        .build(),
    );
    assert.deepEqual(Object.entries(labels), [['__proto__', 'a']]);
  });

  test('an artifact has its type, its size and no more', () => {
    const chart = image()
      .layer([file('Chart.yaml')])
      .buildArtifact('application/vnd.example.chart');
    const facts = artifactFacts({ digest: chart.digest, manifest: manifestOf(chart), readAt });
    assert.equal(facts.artifactType, 'application/vnd.example.chart');
    assert.equal(facts.compressedSize, 2 + (chart.layers[0]?.bytes.length ?? 0));
  });

  test('an artifact without artifactType has the type of its config', () => {
    const cache = image().configDescriptor({ mediaType: 'application/vnd.buildkit.cacheconfig.v0' }).build();
    const facts = artifactFacts({ digest: cache.digest, manifest: manifestOf(cache), readAt });
    assert.equal(facts.artifactType, 'application/vnd.buildkit.cacheconfig.v0');
  });
});

suite('credentials in config and manifest', () => {
  const token = ['gh', 'p_', 'zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ', '0mLq17'].join('');
  const weak = ['kept', 'Underneath', '47'].join('-');
  const base = image().layer([file('a')]);

  const rows: readonly (readonly [claim: string, built: BuiltImage, place: SecretPlace])[] = [
    ['env', base.config({ Env: [`TOKEN=${token}`] }).build(), { kind: 'env', name: 'TOKEN' }],
    ['env by name', base.config({ Env: [`DB_PASSWORD=${weak}`] }).build(), { kind: 'env', name: 'DB_PASSWORD' }],
    ['an env that is replaced later', base.config({ Env: [`T=${token}`, 'T=x'] }).build(), { kind: 'env', name: 'T' }],
    ['a label', base.config({ Labels: { ci: `token ${token}` } }).build(), { kind: 'label', key: 'ci' }],
    ['an annotation', base.manifest({ annotations: { ci: token } }).build(), { kind: 'label', key: 'ci' }],
    [
      'the entrypoint',
      base.config({ Entrypoint: ['app', `--t=${token}`] }).build(),
      { kind: 'command', field: 'Entrypoint' },
    ],
    [
      'the command, after its option',
      base.config({ Cmd: ['app', '--password', weak] }).build(),
      { kind: 'command', field: 'Cmd' },
    ],
    [
      'the healthcheck',
      base.config({ Healthcheck: { Test: ['CMD-SHELL', `curl -H 'x: ${token}' localhost`] } }).build(),
      { kind: 'command', field: 'Healthcheck' },
    ],
    ['a trigger', base.config({ OnBuild: [`RUN echo ${token}`] }).build(), { kind: 'command', field: 'OnBuild' }],
    ['the shell', base.config({ Shell: ['sh', '-c', token] }).build(), { kind: 'command', field: 'Shell' }],
    ['ARG', base.step(`ARG NPM_TOKEN=${token}`).build(), { kind: 'history', history: 1, name: 'NPM_TOKEN' }],
    [
      'ENV in history',
      base.step(`/bin/sh -c #(nop)  ENV TOKEN=${token}`).build(),
      { kind: 'history', history: 1, name: 'TOKEN' },
    ],
    [
      'a build argument at a RUN, with the layer it made',
      base.layer([file('b')], `RUN |1 TOKEN=${token} /bin/sh -c npm ci # buildkit`).build(),
      { kind: 'history', history: 1, name: 'TOKEN', layer: 1 },
    ],
    [
      'a legacy build argument by name',
      base.layer([file('b')], `|2 A=1 DB_PASSWORD=${weak} /bin/sh -c make`).build(),
      { kind: 'history', history: 1, name: 'DB_PASSWORD', layer: 1 },
    ],
    ['a comment', base.step({ created_by: 'x', comment: token }).build(), { kind: 'history', history: 1 }],
  ];
  for (const [claim, built, place] of rows) {
    test(`is found in ${claim}, and gone from the facts`, () => {
      const facts = factsOf(built);
      assert.deepEqual(
        facts.secrets.map((secret) => secret.place),
        [place],
      );
      const json = JSON.stringify(facts);
      assert.ok(!json.includes(token.slice(4)) && !json.includes(weak), json);
    });
  }

  test('is gone from fields that no rule searches', () => {
    const built = base
      .config({
        User: token,
        WorkingDir: `/${token}`,
        StopSignal: token,
        Volumes: { [`/${token}`]: {} },
        Labels: { [token]: '' },
      })
      .configDocument({ author: token })
      .rawLayer({ bytes: Buffer.from('x'), mediaType: `application/${token}`, extra: { urls: [`https://a/${token}`] } })
      .build();
    assert.ok(!JSON.stringify(factsOf(built)).includes(token.slice(4)));
    assert.deepEqual(
      factsOf(built).layers.map(({ kind }) => kind),
      ['tar', 'unknown'],
    );
  });

  test('is gone from what an artifact says of itself', () => {
    const named = base.manifest({ annotations: { [token]: token } }).buildArtifact(`application/${token}`);
    const typed = base.configDescriptor({ mediaType: `application/${token}` }).build();
    for (const built of [named, typed]) {
      const facts = artifactFacts({ digest: built.digest, manifest: manifestOf(built), readAt });
      assert.ok(!JSON.stringify(facts).includes(token.slice(4)));
      assert.match(facts.artifactType, /^application\/‹github-token ghp_…›$/);
    }
  });

  test('an image without any has none', () => {
    const built = base
      .config({ Env: ['PATH=/usr/bin', 'NODE_VERSION=26.10.0', 'GPG_KEY=0123456789ABCDEF0123456789ABCDEF01234567'] })
      .step('ARG PASSWORD')
      .build();
    assert.deepEqual(factsOf(built).secrets, []);
  });

  test('fingerprints differ by place, detector and config, and by nothing else', () => {
    const fingerprint = (built: BuiltImage) => factsOf(built).secrets.map((secret) => secret.fingerprint);
    const one = base.config({ Env: [`A=${token}`, `B=${token}`] }).build();
    assert.equal(new Set(fingerprint(one)).size, 2);
    assert.deepEqual(fingerprint(one), fingerprint(one));
    const other = base.config({ Env: [`A=${token}`, `B=${token}`], User: '1' }).build();
    assert.equal(new Set([...fingerprint(one), ...fingerprint(other)]).size, 4);
    const annotated = base
      .config({ Env: [`A=${token}`, `B=${token}`] })
      .manifest({ annotations: { x: 'y' } })
      .build();
    assert.notEqual(annotated.digest, one.digest);
    assert.deepEqual(fingerprint(annotated), fingerprint(one));
  });

  test('any config gives facts or a Fault', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('A=b', '|1 A=b /bin/sh -c x', '/bin/sh -c #(nop) CMD', token, '0:0'),
    );
    const config = fc.record({
      User: text,
      Env: fc.array(text),
      Cmd: fc.array(text),
      Labels: fc.dictionary(text, text),
    });
    fc.assert(
      fc.property(config, fc.array(text), (run, history) => {
        const built = history.reduce((builder, createdBy) => builder.step(createdBy), image().config(run)).build();
        assert.ok(!JSON.stringify(factsOf(built)).includes(token.slice(4)));
      }),
      { numRuns: 50 },
    );
  });
});
