// Credentials in files: which are told as present and which as deleted, what is one finding, and how each is cured.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { RawFinding, ReadImageFacts } from '../../src/checks/check.ts';
import type { FileSecretFact } from '../../src/inspection/content-facts.ts';
import type { HistoryFact, LayerFact } from '../../src/inspection/image-facts.ts';
import { nothingSearched } from '../../src/secrets/search-coverage.ts';
import { composition, fileSecret, imageFacts, layersOfSizes, readFacts } from '../support/facts.ts';
import { ask, failed, wants } from './ask.ts';

const both = { in: ['file', 'deleted-file'] };
const file = 'secrets/file';
const deletedFile = 'secrets/deleted-file';
const instructions = [
  'ADD rootfs.tar /',
  'COPY .npmrc /root/',
  'RUN npm ci',
  'RUN rm /root/.npmrc',
  'RUN chown -R app /',
];

function holding(...secrets: readonly FileSecretFact[]): ReadImageFacts {
  const layers = layersOfSizes(1, 2, 3, 4, 5).map((layer, index): LayerFact => ({ ...layer, history: index }));
  const history = instructions.map(
    (instruction, index): HistoryFact => ({ index, keyword: 'RUN', instruction, emptyLayer: false, layer: index }),
  );
  const coverage = { layers: 5, read: 5, history: 'aligned' } as const;
  return { ...readFacts({ secrets }, { layers, history }), coverage };
}

function told(...secrets: readonly FileSecretFact[]): readonly RawFinding[] {
  return ask('secrets', both, { facts: holding(...secrets) });
}

const deleted = { hidden: { by: 3, how: 'deleted' } } as const;

suite('what is found', () => {
  const rows: readonly (readonly [claim: string, secrets: readonly FileSecretFact[], expected: readonly string[]])[] = [
    ['nothing in an image without', [], []],
    ['a file that is there', [fileSecret()], [file]],
    ['a file that a later layer deleted', [fileSecret(deleted)], [deletedFile]],
    ['a file that a later layer overwrote', [fileSecret({ hidden: { by: 3, how: 'overwritten' } })], [deletedFile]],
    [
      'a file that a later layer wrote again is told once, as it is in the end',
      [fileSecret({ hidden: { by: 4, how: 'rewritten' } }), fileSecret({ layer: 4 })],
      [file],
    ],
    [
      'a file that was written again and then deleted is told once',
      [fileSecret({ hidden: { by: 2, how: 'rewritten' } }), fileSecret({ layer: 2, ...deleted })],
      [deletedFile],
    ],
    [
      'an older credential under the same name is another one',
      [fileSecret({ hidden: { by: 2, how: 'overwritten' } }), fileSecret({ layer: 2 })],
      [file, deletedFile],
    ],
    [
      'one that was deleted and came again is told for both layers',
      [fileSecret(deleted), fileSecret({ layer: 4 })],
      [file, deletedFile],
    ],
    ['two files', [fileSecret(), fileSecret({ path: '/app/.npmrc' })], [file, file]],
    [
      'two kinds in one file',
      [
        fileSecret(),
        fileSecret({ detector: 'github-token', title: 'GitHub token', position: { kind: 'line', line: 2 } }),
      ],
      [file, file],
    ],
    [
      'two files inside one archive',
      [fileSecret({ within: ['a.properties'] }), fileSecret({ within: ['b.properties'] })],
      [file, file],
    ],
  ];
  for (const [claim, secrets, expected] of rows) {
    test(claim, () =>
      assert.deepEqual(
        told(...secrets).map(({ rule }) => rule),
        expected,
      ),
    );
  }

  test('only what is asked for', () => {
    const facts = holding(fileSecret(), fileSecret({ path: '/x', ...deleted }));
    assert.deepEqual(failed('secrets', { in: ['file'] }, { facts }), [file]);
    assert.deepEqual(failed('secrets', { in: ['deleted-file'] }, { facts }), [deletedFile]);
    assert.deepEqual(failed('secrets', { in: ['env'] }, { facts }), []);
  });

  test('only what is certain, if that is asked for', () => {
    const facts = holding(fileSecret({ certainty: 'likely' }));
    assert.deepEqual(failed('secrets', { ...both, minCertainty: 'certain' }, { facts }), []);
    assert.deepEqual(failed('secrets', both, { facts }), [file]);
  });

  test('places in the config read no layer', () => {
    assert.equal(wants('secrets', { in: ['env', 'history', 'label', 'command'] }, { facts: imageFacts() }), false);
    assert.equal(wants('secrets', { in: ['deleted-file'] }, { facts: imageFacts() }), true);
  });
});

suite('what is said', () => {
  const messageOf = (...secrets: readonly FileSecretFact[]) => told(...secrets)[0]?.message;

  test('of a file that is there: what, where, and who brought it', () => {
    assert.equal(
      messageOf(fileSecret()),
      'an npm access token (npm_…) lies in /root/.npmrc, which layer 2 (`COPY .npmrc /root/`) brought',
    );
  });

  test('of a deleted one: that it can be downloaded, and from where', () => {
    assert.equal(
      messageOf(fileSecret(deleted)),
      'an npm access token (npm_…) lies in /root/.npmrc, deleted by layer 4 (`RUN rm /root/.npmrc`) but still downloadable from layer 2 (`COPY .npmrc /root/`)',
    );
  });

  test('of one inside an archive: the way there', () => {
    const inside = fileSecret({ path: '/app/app.jar', within: ['lib.jar', 'db.properties'] });
    assert.match(messageOf(inside) ?? '', /lies in \/app\/app\.jar \(inside it: lib\.jar » db\.properties\)/);
  });

  test('of what is likely: that it is only likely', () => {
    const likely = fileSecret({ certainty: 'likely', title: 'password' });
    assert.match(messageOf(likely) ?? '', /^likely a password \(npm_…\)/);
  });

  for (const [title, article] of [
    ['npm access token', 'an'],
    ['SSH private key', 'an'],
    ['AWS access key id', 'an'],
    ['JSON Web Token', 'a'],
    ['GitHub token', 'a'],
    ['Slack token', 'a'],
    ['OpenAI API key', 'an'],
    ['password in an address', 'a'],
  ] as const) {
    test(`${article} ${title}`, () => {
      assert.ok(messageOf(fileSecret({ title }))?.startsWith(`${article} ${title} (`));
    });
  }

  test('of several in one file: how many', () => {
    const lines = [1, 2, 3].map((line) => fileSecret({ position: { kind: 'line', line } }));
    const [finding, ...others] = told(...lines);
    assert.deepEqual(others, []);
    assert.match(finding?.message ?? '', /^3 credentials \(npm access token, npm_…\) lie in \/root\/\.npmrc,/);
    assert.ok(finding?.evidence.kind === 'file' && finding.evidence.count === 3);
  });

  test('names that strangers chose are escaped', () => {
    const hostile = fileSecret({ path: '/\u001b[2J\u202e', within: ['\u001b[2J'], ...deleted });
    const [finding] = told(hostile);
    assert.ok(finding?.evidence.kind === 'file');
    const shown = [finding.message, finding.advice, finding.evidence.path, ...(finding.evidence.within ?? [])];
    assert.doesNotMatch(shown.join(''), /[\u0000-\u001f\u202e]/);
  });
});

suite('evidence', () => {
  test('says what an output needs to point at it', () => {
    const facts = holding(fileSecret(deleted));
    const [finding] = ask('secrets', both, { facts });
    assert.deepEqual(finding?.evidence, {
      kind: 'file',
      path: '/root/.npmrc',
      line: 1,
      detector: 'npm-token',
      state: 'deleted',
      addedBy: { layer: facts.layers[1]?.digest, index: 1, instruction: 'COPY .npmrc /root/' },
      hiddenBy: { layer: facts.layers[3]?.digest, index: 3, instruction: 'RUN rm /root/.npmrc' },
    });
  });

  test('has a byte where there are no lines', () => {
    const [finding] = told(fileSecret({ position: { kind: 'offset', offset: 4096 } }));
    assert.ok(finding?.evidence.kind === 'file');
    assert.deepEqual([finding.evidence.line, finding.evidence.offset], [undefined, 4096]);
  });

  test('the fingerprint is that of the fact, so that it is the same in every image with the layer', () => {
    assert.equal(told(fileSecret())[0]?.fingerprint, fileSecret().fingerprint);
  });
});

suite('very many', () => {
  const many = Array.from({ length: 1000 }, (_, index) => fileSecret({ path: `/keys/${index}` }));

  test('are told one by one up to a number, and the others as one, with all their paths', () => {
    const findings = told(...many);
    assert.equal(findings.length, 21);
    assert.match(findings.at(-1)?.message ?? '', /^980 more/);
    assert.equal(findings.at(-1)?.paths?.length, 980);
  });

  test('what is certain comes before what is only likely', () => {
    const guesses = many.map((secret) => ({ ...secret, certainty: 'likely' as const }));
    assert.match(told(...guesses, fileSecret())[0]?.message ?? '', /^an npm access token/);
  });

  test('one in another folder is told, whatever number of others comes before it', () => {
    const token = fileSecret({ path: '/app/.env' });
    assert.match(told(...many, token)[1]?.message ?? '', /lies in \/app\/\.env,/);
    const kind = fileSecret({ path: '/keys/1001', detector: 'github-token', title: 'GitHub token' });
    assert.match(told(...many, kind)[1]?.message ?? '', /^a GitHub token/);
  });

  test('those that facts do not keep one by one are told as well', () => {
    const facts = readFacts({ searched: { ...nothingSearched, secretsLeftOut: 7 } });
    for (const [place, rule] of [
      ['file', file],
      ['deleted-file', deletedFile],
    ] as const) {
      const [finding] = ask('secrets', { in: [place] }, { facts });
      assert.equal(finding?.rule, rule);
      assert.match(finding?.message ?? '', /^7 more credentials/);
    }
  });
});

suite('the cure', () => {
  const adviceOf = (changes: Partial<FileSecretFact>) => told(fileSecret(changes))[0]?.advice ?? '';
  const key = { title: 'private key', detector: 'private-key' };
  const rows: readonly (readonly [claim: string, Partial<FileSecretFact>, RegExp])[] = [
    [
      'of .npmrc is a secret mount at its place',
      {},
      /^use `RUN --mount=type=secret,id=npmrc,target=\/root\/\.npmrc …`/,
    ],
    ['of .netrc as well', { path: '/home/app/.netrc' }, /id=netrc,target=\/home\/app\/\.netrc/],
    ['of an SSH key is an SSH mount', { path: '/root/.ssh/id_ed25519', ...key }, /--mount=type=ssh/],
    ['of any other key is a mounted Secret', { path: '/etc/tls/server.key', ...key }, /mount it from a Secret/],
    [
      'of .env is .dockerignore and a Secret',
      { path: '/app/.env.production' },
      /list \.env\* in \.dockerignore.*envFrom/,
    ],
    [
      'of what a COPY brought is .dockerignore',
      { path: '/app/config.json' },
      /\.dockerignore and COPY what is needed by name; mount it from a Secret/,
    ],
    [
      'of what a COPY brought and a RUN deleted is a secret mount',
      { path: '/app/config.json', ...deleted },
      /if a step needs it, `RUN --mount=type=secret/,
    ],
    [
      'of what a RUN wrote is the general one',
      { path: '/app/config.json', layer: 2 },
      /^keep it out of the build context/,
    ],
  ];
  for (const [claim, changes, advice] of rows) {
    test(claim, () => assert.match(adviceOf(changes), advice));
  }

  for (const [claim, changes] of rows) {
    test(`${claim}, and to revoke it where its provider lets people`, () => {
      const { detector: _, title: __, ...place } = changes;
      assert.match(adviceOf(place), /; revoke it with `npm token revoke`.*, because every copy of the image has it$/);
    });
  }

  test('of what the base has is another base', () => {
    const base = composition({ base: { layers: 2, by: 'declared', name: 'registry.example.com/base/node:22' } });
    const facts = {
      ...holding(fileSecret()),
      content: readFacts({ composition: base, secrets: [fileSecret()] }).content,
    };
    const [finding] = ask('secrets', both, { facts });
    assert.match(finding?.message ?? '', /layer 2 \(`COPY .npmrc \/root\/`\) of the base image brought$/);
    assert.match(
      finding?.advice ?? '',
      /^the base image registry\.example\.com\/base\/node:22 has it: tell who maintains it/,
    );
  });
});
