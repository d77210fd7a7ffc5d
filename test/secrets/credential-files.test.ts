import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { credentialFilesAt } from '../../src/secrets/credential-files.ts';
import { detectors } from '../../src/secrets/detectors.ts';
import { defaultFileScanLimits } from '../../src/secrets/file-scan-limits.ts';
import { createFileScanner } from '../../src/secrets/file-scanner.ts';
import type { FileSecret } from '../../src/secrets/file-secret.ts';
import { filesWithLogins as rows } from './credential-file-cases.ts';
import { alnum, base64, braced, encoded, lower } from './token-parts.ts';

const password = lower(4) + alnum(12);
const name = 'NPM_TOKEN';

const scanner = createFileScanner(defaultFileScanLimits);

function scan(path: string, content: string | Buffer): readonly FileSecret[] {
  const bytes = Buffer.from(content);
  scanner.begin({ path, size: bytes.length });
  scanner.write(bytes, 0);
  return scanner.end();
}

function placesIn(path: string, content: string): readonly string[] {
  return scan(path, content).map(
    ({ detector, position }) => `${detector}:${position.kind === 'line' ? position.line : `@${position.offset}`}`,
  );
}

describe('finds', () => {
  for (const [claim, { path, text, finds }] of Object.entries(rows)) {
    test(claim, () => {
      assert.deepEqual(placesIn(path, text), finds);
    });
  }
});

test('what is found is in the list of detectors', () => {
  const ids = new Set(detectors.map(({ id }) => id));
  for (const { path, text } of Object.values(rows)) {
    for (const { detector, title } of scan(path, text)) {
      assert.ok(ids.has(detector), detector);
      assert.equal(title, detectors.find(({ id }) => id === detector)?.title);
    }
  }
});

test('the same text is nothing, or what its look says, where no name says that it is settings', () => {
  for (const text of [`POSTGRES_PASSWORD=${password}\n`, `password = "${password}"\n`, `"password": "${password}"\n`]) {
    for (const path of ['app/main.py', 'app/README.md', 'usr/share/doc/x/notes.txt', 'lib/a.js', 'lib/package.json'])
      assert.deepEqual(scan(path, text), [], `${path}: ${text}`);
  }
});

describe('leaves alone', () => {
  const none: Readonly<Record<string, readonly [path: string, text: string]>> = {
    'a reference to a variable': ['root/.npmrc', `//r.example.com/:_authToken=${braced(name)}\n_authToken=$${name}\n`],
    'a reference in an environment': [
      'app/.env',
      `DB_PASSWORD=${braced('SECRET')}\nAPI_KEY=\nAPI_KEY_FILE=/run/secrets/key\n`,
    ],
    'blanks to be filled in': [
      'app/.env',
      'DB_PASSWORD=changeme\nAPI_KEY=<your key>\nTOKEN=xxxxxxxx\nJWT_SECRET=your-secret-here\n',
    ],
    'weak values in an example of an environment': [
      'app/.env.example',
      'DB_PASSWORD=postgres\nJWT_SECRET=supersecret\n',
    ],
    'words in settings': ['etc/app.conf', 'password = secret\nauth = basic\npassword_hash = bcrypt\n'],
    'a policy about passwords': ['etc/security/pwquality.conf', 'minlen = 8\npassword_min_length = 12\n'],
    'a docker configuration with a helper': [
      'root/.docker/config.json',
      '{"credsStore":"ecr-login","auths":{"r.example.com":{}}}',
    ],
    'a login that is blank': [
      'root/.docker/config.json',
      `{"auths":{"r":{"auth":"${encoded(`u:${braced('PASS')}`)}"}}}`,
    ],
    'a hash of an integrity check': ['app/config.json', `{"integrity":"sha512-${base64(86)}==","token_type":"Bearer"}`],
    'a name of a Secret': [
      'deploy/pod.yaml',
      `env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      key: db-password\n`,
    ],
    'a Secret that an operator fills': [
      'deploy/secret.yaml',
      `kind: Secret\ndata: {}\nstringData:\n  password: ${braced('PW')}\n`,
    ],
  };
  for (const [claim, [path, text]] of Object.entries(none)) {
    test(claim, () => {
      assert.deepEqual(scan(path, text), []);
    });
  }
});

test('a path has few formats, and most have none', () => {
  assert.equal(credentialFilesAt('usr/lib/x86_64-linux-gnu/libc.so.6').length, 0);
  assert.equal(credentialFilesAt('app/config').length, 0);
  assert.equal(credentialFilesAt('root/.AWS/credentials').length, 0);
  assert.equal(credentialFilesAt('root/.aws/credentials').length, 1);
  assert.ok(credentialFilesAt('app/.env.local').length >= 1);
});

test('a file with a format that is too large to be read by it is searched, and counted', () => {
  const small = createFileScanner({ ...defaultFileScanLimits, maxDocumentBytes: 10 });
  const text = Buffer.from(`DB_PASSWORD=${password}\nTOKEN=https://a:${password}@b.example.net/\n`);
  small.begin({ path: '.env', size: text.length });
  small.write(text, 0);
  assert.deepEqual(
    small.end().map(({ detector }) => detector),
    ['url-password'],
  );
  assert.equal(small.coverage().documentsUnread, 1);
});

test('so is one more than a layer may have', () => {
  const text = Buffer.from('DB_PASSWORD=postgres\n');
  const small = createFileScanner({ ...defaultFileScanLimits, maxDocumentsBytes: 2 * text.length });
  const found = [1, 2, 3].map(() => {
    small.begin({ path: '.env', size: text.length });
    small.write(text, 0);
    return small.end().length;
  });
  assert.deepEqual(found, [1, 1, 0]);
  assert.equal(small.coverage().documentsUnread, 1);
});

test('reports a bounded number of a format’s findings, and counts the rest', () => {
  const small = createFileScanner({ ...defaultFileScanLimits, maxSecretsPerFile: 2 });
  const text = Buffer.from(Array.from({ length: 5 }, (_, index) => `A${index}_PASSWORD=postgres\n`).join(''));
  small.begin({ path: '.env', size: text.length });
  small.write(text, 0);
  assert.deepEqual(
    small.end().map(({ position }) => position),
    [
      { kind: 'line', line: 1 },
      { kind: 'line', line: 2 },
    ],
  );
  assert.equal(small.coverage().secretsLeftOut, 3);
});
