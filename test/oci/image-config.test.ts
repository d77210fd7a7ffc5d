// Image configs: what builders leave out, what strangers write, and what is refused.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { parseImageConfig } from '../../src/oci/image-config.ts';
import { defaultDocumentLimits as limits } from '../../src/oci/limits.ts';

const diffId = `sha256:${'0'.repeat(64)}`;

function parse(document: unknown) {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return parseImageConfig(Buffer.from(text), limits);
}

const empty = parse({});

suite('parseImageConfig', () => {
  const neutral: readonly (readonly [claim: string, document: unknown])[] = [
    ['config null', { config: null }],
    ['history null', { history: null }],
    ['created null', { created: null }],
    ['rootfs null', { rootfs: null }],
    ['diff_ids null', { rootfs: { type: 'layers', diff_ids: null } }],
    [
      'every field of config null',
      {
        config: {
          User: null,
          ExposedPorts: null,
          Env: null,
          Entrypoint: null,
          Cmd: null,
          Volumes: null,
          WorkingDir: null,
          Labels: null,
          StopSignal: null,
          Healthcheck: null,
          OnBuild: null,
          Shell: null,
        },
      },
    ],
    ['every top-level field null', { os: null, architecture: null, variant: null, 'os.version': null, author: null }],
    [
      'fields nobody knows',
      { 'moby.buildkit.cache.v0': 'e30=', container_config: { Image: 'x' }, config: { Hostname: 1 } },
    ],
  ];
  for (const [claim, document] of neutral) {
    test(`${claim} is the same as nothing`, () => {
      assert.deepEqual(parse(document), empty);
    });
  }

  test('reads what a builder writes', () => {
    const read = parse({
      created: '2026-01-02T03:04:05Z',
      author: 'someone',
      os: 'Linux',
      architecture: 'aarch64',
      variant: 'v8',
      config: {
        User: '1000:1000',
        Env: ['A=b', 'NOVALUE', null],
        Entrypoint: ['/app'],
        Cmd: ['serve'],
        Shell: ['/bin/bash', '-c'],
        ExposedPorts: { '8080/tcp': {}, '53/udp': null },
        Volumes: { '/data': {} },
        WorkingDir: '/srv',
        StopSignal: 'SIGINT',
        OnBuild: ['RUN true'],
        Labels: { a: '1' },
        Healthcheck: { Test: ['CMD', 'true'], Interval: -1, Timeout: 1e300, StartPeriod: 5, Retries: 3 },
      },
      rootfs: { type: 'layers', diff_ids: [diffId] },
      history: [null, { created_by: 'RUN x', comment: 'c', author: 'a', created: 't', empty_layer: true }],
    });
    assert.deepEqual(
      { ...read, labels: { ...read.labels } },
      {
        platform: { os: 'linux', architecture: 'arm64' },
        created: '2026-01-02T03:04:05Z',
        author: 'someone',
        user: '1000:1000',
        env: ['A=b', 'NOVALUE', ''],
        entrypoint: ['/app'],
        command: ['serve'],
        shell: ['/bin/bash', '-c'],
        exposedPorts: ['8080/tcp', '53/udp'],
        volumes: ['/data'],
        workingDir: '/srv',
        stopSignal: 'SIGINT',
        onBuild: ['RUN true'],
        labels: { a: '1' },
        healthcheck: { test: ['CMD', 'true'], intervalNs: -1, timeoutNs: 1e300, startPeriodNs: 5, retries: 3 },
        diffIds: [diffId],
        history: [
          { createdBy: '', comment: '', author: '', emptyLayer: false },
          { createdBy: 'RUN x', comment: 'c', author: 'a', created: 't', emptyLayer: true },
        ],
      },
    );
  });

  test('labels that look like parts of an object are data', () => {
    const { labels } = parse(
      '{"config":{"Labels":{"__proto__":"a","constructor":"b","hasOwnProperty":"c","A":"1","a":"2"}}}',
    );
    assert.deepEqual(Object.entries(labels), [
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['hasOwnProperty', 'c'],
      ['A', '1'],
      ['a', '2'],
    ]);
    assert.equal(Object.getPrototypeOf(labels), null);
  });

  const refused: readonly (readonly [claim: string, document: unknown, code: FaultCode])[] = [
    ['User and user', { config: { User: '1000', user: '0' } }, 'integrity/ambiguous'],
    ['user alone, which Go reads as User', { config: { user: '0' } }, 'integrity/ambiguous'],
    ['User with a long s', { config: { 'U\u017fer': '0' } }, 'integrity/ambiguous'],
    ['Config', { Config: {} }, 'integrity/ambiguous'],
    ['RootFS', { RootFS: {} }, 'integrity/ambiguous'],
    ['Created_By', { history: [{ Created_By: '' }] }, 'integrity/ambiguous'],
    ['a label twice', '{"config":{"Labels":{"a":"1","a":"2"}}}', 'integrity/ambiguous'],
    ['Cmd as a text', { config: { Cmd: 'sh' } }, 'image/malformed'],
    ['Entrypoint with a number', { config: { Entrypoint: [1] } }, 'image/malformed'],
    ['User as a number', { config: { User: 1000 } }, 'image/malformed'],
    ['Env as an object', { config: { Env: { A: 'b' } } }, 'image/malformed'],
    ['a label that is no text', { config: { Labels: { a: 1 } } }, 'image/malformed'],
    ['ports as an array', { config: { ExposedPorts: ['80/tcp'] } }, 'image/malformed'],
    ['config as an array', { config: [] }, 'image/malformed'],
    ['history as an object', { history: {} }, 'image/malformed'],
    ['another type of rootfs', { rootfs: { type: 'tree', diff_ids: [] } }, 'image/malformed'],
    ['diff ids without a type', { rootfs: { diff_ids: [diffId] } }, 'image/malformed'],
    ['a diff id that is none', { rootfs: { type: 'layers', diff_ids: ['abc'] } }, 'image/malformed'],
    [
      'a diff id that cannot be computed',
      { rootfs: { type: 'layers', diff_ids: [`blake3:${'0'.repeat(64)}`] } },
      'digest/unsupported',
    ],
    ['an array', [], 'image/malformed'],
    ['invalid JSON', '{', 'integrity/ambiguous'],
  ];
  for (const [claim, document, code] of refused) {
    test(`refuses ${claim}: ${code}`, () => {
      assert.throws(
        () => parse(document),
        (thrown) => thrown instanceof Fault && thrown.code === code,
      );
    });
  }

  test('10,000 rows of history are read, one more is not', () => {
    const rows = new Array(limits.maxHistory).fill({});
    assert.equal(parse({ history: rows }).history.length, limits.maxHistory);
    assert.throws(() => parse({ history: [...rows, {}] }), { code: 'limit', limit: 'maxHistory' });
  });

  test('a config beyond its limit is not read', () => {
    assert.throws(() => parseImageConfig(Buffer.from('{}  '), { ...limits, maxConfigBytes: 3 }), {
      code: 'limit',
      limit: 'maxConfigBytes',
    });
  });

  test('text is counted over all of the config, and a text more than the limit is not read', () => {
    const document = {
      author: 'a',
      config: { User: 'b', Env: ['cc'], Cmd: ['d'], Labels: { e: 'ff' }, Healthcheck: { Test: ['g'] }, OnBuild: ['h'] },
      history: [{ created_by: 'ii', comment: 'j' }],
    };
    const bytes = Buffer.from(JSON.stringify(document));
    parseImageConfig(bytes, { ...limits, maxSearchedText: 13, maxSearchedTexts: 12 });
    assert.throws(() => parseImageConfig(bytes, { ...limits, maxSearchedText: 12 }), {
      code: 'limit',
      limit: 'maxSearchedText',
    });
  });

  test('texts are counted as well as what is in them, and one more than the limit is not read', () => {
    const config = { Env: ['A=1', ''], Cmd: [''], Labels: { a: '', b: '' }, Volumes: { '/v': {} } };
    const document = { config, history: [{ created_by: 'RUN x', comment: '' }, { empty_layer: true }] };
    const bytes = Buffer.from(JSON.stringify(document));
    const fixed = ['User', 'author', 'WorkingDir', 'StopSignal'].length;
    const count = fixed + 2 + 1 + 4 + 1 + 1;
    parseImageConfig(bytes, { ...limits, maxSearchedTexts: count });
    assert.throws(() => parseImageConfig(bytes, { ...limits, maxSearchedTexts: count - 1 }), {
      code: 'limit',
      limit: 'maxSearchedTexts',
    });
  });

  test('what is never searched does not count as text', () => {
    parse({ 'moby.buildkit.cache.v0': 'A'.repeat(limits.maxSearchedText + 1) });
  });

  test('any JSON is a config or a Fault', () => {
    const key = fc.constantFrom(
      'config',
      'User',
      'Env',
      'Labels',
      'Healthcheck',
      'Test',
      'rootfs',
      'history',
      'created',
      '__proto__',
      'user',
    );
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
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
