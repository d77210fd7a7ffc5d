import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TextKind } from '../../src/secrets/detector.ts';
import { findSecrets } from '../../src/secrets/find-secrets.ts';
import { redact } from '../../src/secrets/redact.ts';
import { alnum, base64, hex, pem, url, withChecksum62 } from './token-parts.ts';

const githubToken = `ghp_${withChecksum62()}`;
const key = pem('RSA PRIVATE KEY');

const rows: readonly (readonly [claim: string, args: Parameters<typeof redact>, expected: string])[] = [
  ['shows what it was, and the prefix that the provider publishes', [githubToken, 'env', 'X'], '‹github-token ghp_…›'],
  [
    'keeps everything else of a RUN',
    [`RUN |1 TOKEN=${githubToken} /bin/sh -c npm ci # buildkit`, 'history'],
    'RUN |1 TOKEN=‹github-token ghp_…› /bin/sh -c npm ci # buildkit',
  ],
  ['shows nothing of a password', ['hunter2', 'env', 'POSTGRES_PASSWORD'], '‹named-password›'],
  [
    'takes a value with spaces whole',
    ['ENV DB_PASSWORD=correct horse MODE=fast', 'history'],
    'ENV DB_PASSWORD=‹named-password› MODE=fast',
  ],
  [
    'keeps the address round a password',
    ['postgres://app:s3cr3t-pw@db:5432/x', 'env', 'DATABASE_URL'],
    'postgres://app:‹url-password›@db:5432/x',
  ],
  [
    'keeps the frame of a key',
    [key, 'file', 'id_rsa'],
    '-----BEGIN RSA PRIVATE KEY-----‹private-key›-----END RSA PRIVATE KEY-----',
  ],
  [
    'replaces each of several',
    [`a ${githubToken}, b ${githubToken}.`, 'label', 'note'],
    'a ‹github-token ghp_…›, b ‹github-token ghp_…›.',
  ],
  ['leaves a setting about passwords alone', ['8', 'env', 'PASSWORD_MIN_LENGTH'], '8'],
  ['leaves what it wrote alone', ['‹github-token ghp_…›', 'env', 'GITHUB_TOKEN'], '‹github-token ghp_…›'],
];

for (const [claim, args, expected] of rows) {
  test(claim, () => {
    assert.equal(redact(...args).text, expected);
    assert.deepEqual(redact(expected, args[1], args[2]), { text: expected, matches: [] }, 'redacting again');
  });
}

/** One of many kinds, as they are met; what is before and after is anything. */
const secrets: readonly string[] = [
  githubToken,
  `npm_${withChecksum62()}`,
  `AKIA${'T2ZQ7VXK5LMNPRSW'}`,
  `glpat-${url(20)}`,
  `xoxb-1234567890${'12-987654321098'}-${alnum(24)}`,
  `sk_live_${alnum(24)}`,
  `DD_API_KEY=${hex(32)}`,
  `AccountKey=${base64(86)}==`,
  `postgres://app:${alnum(14)}1a@db/shop`,
  `DB_PASSWORD=${alnum(12)}`,
  `{"token": "${alnum(30)}"}`,
  key,
];
const pieces = fc.array(
  fc.oneof(
    fc.constantFrom(...secrets),
    fc.constantFrom(
      ' ',
      '\n',
      '=',
      '"',
      "'",
      'ENV ',
      '|1 ',
      '/bin/sh -c ',
      'PASSWORD=',
      '--token ',
      '‹',
      '›',
      '://',
      '@',
      ':',
      '$X',
      'SECRET_',
    ),
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'grapheme', maxLength: 6 }),
  ),
  { maxLength: 14 },
);
const kinds = fc.constantFrom<TextKind>('env', 'label', 'history', 'command', 'file');
const names = fc.constantFrom(undefined, 'X', 'DB_PASSWORD', 'API_TOKEN', '--password');

test('nothing that was found is left', () => {
  fc.assert(
    fc.property(pieces, kinds, names, (parts, kind, name) => {
      const text = parts.join('');
      const { text: redacted, matches } = redact(text, kind, name);
      assert.deepEqual(matches, findSecrets(text, kind, name));
      const kept = redacted.split(/‹[a-z0-9-]+(?: [^›\s]+…)?›/).join('\0');
      for (const { start, end } of matches) {
        const secret = text.slice(start, end);
        const elsewhere = text.slice(0, start).includes(secret) || text.slice(end).includes(secret);
        assert.ok(elsewhere || secret.length < 8 || !kept.includes(secret));
      }
    }),
  );
});

test('matches are in order, inside the text, and apart', () => {
  fc.assert(
    fc.property(pieces, kinds, names, (parts, kind, name) => {
      const text = parts.join('');
      let from = 0;
      for (const { start, end } of findSecrets(text, kind, name)) {
        assert.ok(start >= from && end > start && end <= text.length);
        from = end;
      }
    }),
  );
});

// Two that touch are one word, of which only the first is found: that is why they stand apart here.
test('redacting again finds nothing more', () => {
  const separators = fc.constantFrom(' ', '\n', ';', ', ', '" "', ' && ', '\t');
  fc.assert(
    fc.property(pieces, separators, kinds, names, (parts, separator, kind, name) => {
      const once = redact(parts.join(separator), kind, name);
      const twice = redact(once.text, kind, name);
      assert.deepEqual(twice.matches, [], JSON.stringify(once.text));
      assert.equal(twice.text, once.text);
    }),
    { numRuns: 500 },
  );
});
