import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact } from '../../src/secrets/redact.ts';

const githubToken = ['gh', 'p_', 'zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ', '0mLq17'].join('');

const rows: readonly (readonly [claim: string, args: Parameters<typeof redact>, expected: string])[] = [
  ['replaces a token in a variable', [githubToken, 'env', 'X'], '‹github-token ghp_…›'],
  [
    'replaces a build argument recorded at a RUN',
    [`RUN |1 TOKEN=${githubToken} /bin/sh -c npm ci # buildkit`, 'history'],
    'RUN |1 TOKEN=‹github-token ghp_…› /bin/sh -c npm ci # buildkit',
  ],
  ['replaces a weak password given by name', ['hunter2', 'env', 'POSTGRES_PASSWORD'], '‹named-password›'],
  [
    'replaces a password with spaces in a recorded ENV',
    ['ENV DB_PASSWORD=correct horse MODE=fast', 'history'],
    'ENV DB_PASSWORD=‹named-password› MODE=fast',
  ],
  [
    'keeps the address round a password',
    ['postgres://app:s3cr3t-pw@db:5432/x', 'env', 'DATABASE_URL'],
    'postgres://app:‹url-password›@db:5432/x',
  ],
  ['leaves a setting about passwords alone', ['8', 'env', 'PASSWORD_MIN_LENGTH'], '8'],
];

for (const [claim, args, expected] of rows) {
  test(claim, () => {
    assert.equal(redact(...args).text, expected);
    assert.equal(redact(expected, args[1], args[2]).text, expected, 'redacting again changes nothing');
  });
}
