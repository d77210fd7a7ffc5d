import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { TextKind } from '../../src/secrets/detector.ts';
import { findSecrets } from '../../src/secrets/find-secrets.ts';
import { environmentsOfBaseImages, instructionsOfBaseImages } from './base-images.ts';
import { alnum, base64, braced, encoded, hex, pem, withChecksum62 } from './token-parts.ts';

function detectorsIn(text: string, kind: TextKind, name?: string): readonly string[] {
  return findSecrets(text, kind, name).map(({ detector }) => detector);
}

function entry(text: string): readonly [name: string, value: string] {
  const equals = text.indexOf('=');
  return [text.slice(0, equals), text.slice(equals + 1)];
}

describe('by its name, a variable holds', () => {
  const rows: readonly (readonly [claim: string, detector: string, entries: readonly string[]])[] = [
    [
      'a password, however weak',
      'named-password',
      [
        'POSTGRES_PASSWORD=hunter2',
        'POSTGRES_PASSWORD=postgres',
        'MYSQL_ROOT_PASSWORD=123456',
        'MYSQL_ROOT_PASSWORD=my-secret-pw',
        'DB_PASSWORD=password',
        'DB_PASS=s3cret',
        'PGPASSWORD=letmein',
        'REDIS_PASSWD=correct horse battery staple',
        'SPRING_DATASOURCE_PASSWORD=pa$$word',
        'KEYCLOAK_ADMIN_PASSWORD=admin',
        'keyStorePassword=s3cret',
        'SSH_KEY_PASSPHRASE=open says me',
        'DATABASE_PASSWORD_PROD=abcdef',
        'SMTP_PWD=Summer2026',
      ],
    ],
    [
      'a secret',
      'named-secret',
      [
        'JWT_SECRET=supersecret',
        'JWT_SECRET=super-secret-jwt-key',
        `SECRET_KEY_BASE=${hex(128)}`,
        'DJANGO_SECRET_KEY=django-insecure-4o!x#k2',
        `OAUTH2_PROXY_COOKIE_SECRET=${base64(43)}=`,
        `CLIENT_SECRET=${alnum(24)}`,
        `ENCRYPTION_KEY=${base64(43)}=`,
        'FLASK_SECRET_KEY=development',
      ],
    ],
    [
      'a token',
      'named-token',
      [
        `API_TOKEN=${alnum(32)}`,
        `CI_JOB_TOKEN=64_${alnum(20)}`,
        `AUTH_TOKEN=${hex(40)}`,
        `accessToken=${alnum(24)}`,
        `GITHUB_PAT=${hex(40)}`,
      ],
    ],
    [
      'a key',
      'named-key',
      [
        `API_KEY=${hex(32)}`,
        `RAPIDAPI_KEY=${alnum(50)}`.replace('RAPIDAPI', 'RAPID_API'),
        `APP_KEY=base64:${base64(43)}=`,
        `STORAGE_ACCESS_KEY=${alnum(20)}`,
        `LICENSE_KEY=${alnum(24)}`,
      ],
    ],
    ['a key, by a less telling name', 'named-other-key', [`MAPS_KEY=${alnum(39)}`, `BACKUP_KEY=${base64(43)}=`]],
    ['credentials', 'named-credentials', [`BASIC_AUTH=admin:${alnum(14)}`, `REGISTRY_CREDENTIALS=bot:${alnum(20)}`]],
  ];
  for (const [claim, detector, entries] of rows) {
    test(claim, () => {
      for (const text of entries) {
        const [name, value] = entry(text);
        assert.deepEqual(detectorsIn(value, 'env', name), [detector], text);
        assert.deepEqual(detectorsIn(value, 'label', name), [detector], `label ${text}`);
        assert.deepEqual(detectorsIn(`ARG ${text}`, 'history'), [detector], `ARG ${text}`);
        assert.deepEqual(
          detectorsIn(`RUN |2 A=1 ${text} /bin/sh -c make # buildkit`, 'history'),
          [detector],
          `|2 ${text}`,
        );
        assert.deepEqual(detectorsIn(value, 'command', `--${name}`), [detector], `--${text}`);
      }
    });
  }
});

describe('a variable holds no credential when', () => {
  const rows: Readonly<Record<string, readonly string[]>> = {
    'its value is a blank': [
      'DB_PASSWORD=',
      'DB_PASSWORD=changeme',
      'DB_PASSWORD=change_me_please',
      'DB_PASSWORD=xxxxxxxx',
      'DB_PASSWORD=********',
      'DB_PASSWORD=<password>',
      'DB_PASSWORD=[redacted]',
      'API_KEY=your-api-key-here',
      'API_TOKEN=YOUR_API_TOKEN',
      'API_TOKEN=insert-token-here',
      'JWT_SECRET=replace-with-your-secret',
      'SECRET_KEY=placeholder',
      'KEYSTORE_PASSWORD=changeit',
      'DB_PASSWORD=aaaaaaaa',
      'API_KEY=1234567890abcdef',
      'API_KEY=abcdefghijklmnopqrstuvwxyz',
      'API_KEY=0123456789',
      'DB_PASSWORD=none',
      'DB_PASSWORD=todo',
    ],
    'its value is kept elsewhere': [
      `DB_PASSWORD=${braced('DB_PASSWORD')}`,
      'DB_PASSWORD=$DB_PASSWORD',
      'DB_PASSWORD=$(cat /run/secrets/db)',
      'DB_PASSWORD=`cat /run/secrets/db`',
      'DB_PASSWORD={{ db_password }}',
      'DB_PASSWORD=%DB_PASSWORD%',
      'DB_PASSWORD=%s',
      'DB_PASSWORD=@db_password@',
      'DB_PASSWORD=/run/secrets/db',
      'DB_PASSWORD=./secrets/db.txt',
      'DB_PASSWORD=C:\\secrets\\db.txt',
      'DB_PASSWORD=vault:secret/data/db#password',
      'DB_PASSWORD=op://vault/db/password',
      'DB_PASSWORD=arn:aws:secretsmanager:eu-central-1:000000000000:secret:db',
      `DB_PASSWORD=ENC[AES256_GCM,data:${base64(12)}]`,
      `DB_PASSWORD=AgB${base64(80)}`,
    ],
    'its name is about one': [
      'PASSWORD_MIN_LENGTH=8',
      'PASSWORD_FILE=/run/secrets/db',
      'DB_PASSWORD_FILE=db-password.txt',
      'SECRET_NAME=app-credentials-7f9c2b',
      'TOKEN_URL=https://auth.internal/token',
      'TOKEN_TTL=900s',
      'ACCESS_TOKEN_LIFETIME=86400',
      'TOKEN_TYPE=Bearer1234',
      'AUTH_MODE=native-2024x',
      'AUTH_METHOD=trust',
      'SSH_AUTH_SOCK=/ssh-agent',
      'SSH_KEY_DIR=/etc/ssh2keys1',
      'GIT_CREDENTIAL_HELPER=store-2026abc',
      `API_KEY_ID=${alnum(20)}`,
      `PASSWORD_HASH=${hex(64)}`,
      `PUBLIC_KEY=${base64(60)}`,
      `STRIPE_PUBLISHABLE_KEY=${alnum(40)}`,
      'ALLOW_EMPTY_PASSWORD=yes',
      'MYSQL_ALLOW_EMPTY_PASSWORD=true',
      'MYSQL_RANDOM_ROOT_PASSWORD=yes',
      'MAX_TOKENS=4096',
      'TOKENIZERS_PARALLELISM=false',
      'KEYCLOAK_ADMIN=admin',
      'KEYCLOAK_REALM=a1b2c3d4e5f6',
      'IMAGE_PULL_SECRET=regcred',
      'TLS_SECRET=web-tls',
      'AZURE_KEY_VAULT=my-vault-01-prod-2026',
      'PWD=/app',
      'OLDPWD=/root',
    ],
    'its value cannot be one': [
      'PASSWORD=12',
      'PASSWORD=8s',
      'PASSWORD=true',
      'TOKEN=bearer',
      'API_TOKEN=my-service-token',
      'SECRET=database-credentials',
      'API_KEY=v1.2.3',
      'SECRET_KEY=3.1.4-r1',
      'AUTH=basic',
      'CREDENTIALS=include',
      'SORT_KEY=created-at',
      'AUTH=scram-sha-256',
      `SIGNING_KEY=${hex(40).toUpperCase()}`,
      `GPG_KEY=${hex(40).toUpperCase()}`,
      `KEY=${hex(40)}`,
      `CACHE_KEY=${hex(64)}`,
    ],
    'it is an address without a password': [
      'DATABASE_URL=postgres://app@db/shop',
      `SENTRY_DSN=https://${hex(32)}@o1.ingest.example.com/1`,
      'TOKEN=https://auth.internal/token/2026',
      'VAULT_TOKEN_ENDPOINT=https://vault:8200/v1',
    ],
  };
  for (const [claim, entries] of Object.entries(rows)) {
    test(claim, () => {
      for (const text of entries) {
        const [name, value] = entry(text);
        assert.deepEqual(detectorsIn(value, 'env', name), [], text);
        assert.deepEqual(detectorsIn(`ENV ${text}`, 'history'), [], `ENV ${text}`);
      }
    });
  }
});

describe('inside a line, by its name', () => {
  const found: readonly (readonly [claim: string, kind: TextKind, text: string, secret: string])[] = [
    ['an option of Java', 'env', '-Xmx1g -Djavax.net.ssl.keyStorePassword=s3cret -Da=b', 's3cret'],
    ['an option with a value', 'history', 'RUN /bin/sh -c mysql --password=hunter2 -u root', 'hunter2'],
    [
      'an option before a value',
      'history',
      'RUN docker login -u bot --password hunter22 registry.internal',
      'hunter22',
    ],
    ['a field of JSON', 'history', 'RUN echo \'{"user":"a","password": "hunter2"}\' > c.json', 'hunter2'],
    ['a field of JSON in a string', 'command', '{\\"password\\":\\"hunter2\\"}', 'hunter2'],
    ['a line of YAML in a heredoc', 'history', 'RUN <<EOF\n  password: hunter2\nEOF', 'hunter2'],
    [
      'a parameter of a query',
      'label',
      `https://a.internal/x?id=1&api_key=${'9f8e7d6c5b4a39281706'}&y=2`,
      '9f8e7d6c5b4a39281706',
    ],
    [
      'a build argument with spaces',
      'history',
      '|2 A=1 DB_PASSWORD=correct horse /bin/bash -o pipefail -c make',
      'correct horse',
    ],
    ['a build argument for another shell', 'history', '|1 DB_PASSWORD=hunter2 powershell -Command build', 'hunter2'],
    ['a variable of the legacy builder', 'history', '/bin/sh -c #(nop)  ENV DB_PASSWORD=hunter2', 'hunter2'],
    ['an instruction for later', 'command', 'ENV DB_PASSWORD=correct horse', 'correct horse'],
    ['an exported variable', 'history', "RUN export DB_PASSWORD='hunter 2' && make", 'hunter 2'],
    ['an option of Redis', 'command', 'redis-server --requirepass foobared99', 'foobared99'],
  ];
  for (const [claim, kind, text, secret] of found) {
    test(`finds ${claim}`, () => {
      assert.deepEqual(
        findSecrets(text, kind).map(({ start, end }) => text.slice(start, end)),
        [secret],
      );
    });
  }

  const ignored: Readonly<Record<string, string>> = {
    'a version of a package': 'RUN apk add libcrypto3=3.1.4-r1 openssl=3.1.4-r1 # buildkit',
    'a log file': 'RUN ln -sf /dev/stdout /var/log/nginx/access.log',
    'a switch of configure': 'RUN ./configure --with-password=no --enable-token=yes --without-secret',
    'a variable': 'RUN mysql --password=$MYSQL_PASSWORD --token="$TOKEN"',
    'part of a variable': 'RUN sed -i "s/password=.*/password=$PW/" /etc/app.conf',
    'a secret mount': 'RUN --mount=type=secret,id=token,env=TOKEN make',
    'the option that reads it from a pipe': 'RUN docker login --username bot --password-stdin',
    'a fingerprint': `RUN key='${hex(40).toUpperCase()}'; gpg --recv-keys "$key"`,
    'a test for emptiness': 'RUN if [ -z "$PASSWORD" ]; then exit 1; fi',
  };
  for (const [claim, text] of Object.entries(ignored)) {
    test(`ignores ${claim}`, () => assert.deepEqual(detectorsIn(text, 'history'), []));
  }
});

describe('where finds meet', () => {
  const token = `ghp_${withChecksum62()}`;

  test('a variable that promises a token holds the token it is', () => {
    assert.deepEqual(detectorsIn(token, 'env', 'GITHUB_TOKEN'), ['github-token']);
  });

  test('what stands beside it in the same value goes with it', () => {
    const [match] = findSecrets(`bot:${token}:end`, 'env', 'REGISTRY_SECRET');
    assert.deepEqual([match?.detector, match?.start, match?.end], ['github-token', 0, `bot:${token}:end`.length]);
  });

  test('what overlaps in part goes whole', () => {
    const before = '-----BEGIN PRIVATE KEY-----';
    const text = `${before}${base64(200)}/dbpass=hunter22-----END PRIVATE KEY-----`;
    const [match, ...others] = findSecrets(text, 'env', 'X');
    assert.deepEqual([match?.detector, match?.start, others.length], ['private-key', before.length, 0]);
    assert.equal(text.slice(match?.end), ' PRIVATE KEY-----');
  });

  test('of an address the password alone is secret', () => {
    const text = 'postgres://app:Pw4sd8fh2@db/shop';
    const [match] = findSecrets(text, 'env', 'DB_PASSWORD');
    assert.equal(text.slice(match?.start, match?.end), 'Pw4sd8fh2');
  });

  test('a value in base64 goes whole for what is in it', () => {
    const text = encoded(JSON.stringify({ endpoint: 'https://a.internal', credential: token }));
    const [match, ...others] = findSecrets(text, 'env', 'APP_CONFIG');
    assert.deepEqual([match?.detector, match?.start, match?.end, others.length], ['github-token', 0, text.length, 0]);
    assert.deepEqual(findSecrets(encoded('nothing to see in this text'), 'env', 'APP_CONFIG'), []);
  });

  test('each of several is found, in order', () => {
    const text = `a=${token} b=npm_${withChecksum62()}`;
    assert.deepEqual(detectorsIn(text, 'label'), ['github-token', 'npm-token']);
  });
});

describe('what is certain, and what leaves a doubt', () => {
  const encrypted = ['Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES-128-CBC,00', '', base64(800)].join('\n');
  const openSsh = (cipher: string) => {
    const head = Buffer.from(`openssh-key-v1\0\0\0\0${String.fromCharCode(cipher.length)}${cipher}\0\0\0`, 'latin1');
    return Buffer.concat([head, Buffer.from(base64(800))]).toString('base64');
  };
  /** A bit that is set, forty of the account, and the rest; five to a letter. */
  const awsKeyId = (account: bigint) => {
    const bits = (1n << 79n) | (account << 39n) | 0x2a5c31d7f3n;
    const values = Array.from({ length: 16 }, (_, index) => Number((bits >> BigInt(75 - 5 * index)) & 31n));
    return `AKIA${values.map((value) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[value]).join('')}`;
  };
  const rows: readonly (readonly [claim: string, text: string, certainty: string])[] = [
    ['a checksum that holds', `ghp_${withChecksum62()}`, 'certain'],
    ['a checksum that fails', `ghp_${alnum(36)}`, 'likely'],
    // Published with a tool that reads the account's number out of an id: 029608264753.
    ['an AWS key id that names an account', ['ASIA', 'QNZGKIQY56JQ7WML'].join(''), 'certain'],
    ['an AWS key id that names the last account there can be', awsKeyId(999_999_999_999n), 'certain'],
    ['an AWS key id that names an account there cannot be', awsKeyId(1_000_000_000_000n), 'likely'],
    ['an AWS key id that begins as none does', `AKIA${'B2ZQ7VXK5LMNPRSW'}`, 'likely'],
    ['a private key', pem('PRIVATE KEY'), 'certain'],
    ['a private key under a passphrase', pem('ENCRYPTED PRIVATE KEY'), 'likely'],
    [
      'a private key under a passphrase, the old way',
      `-----BEGIN RSA PRIVATE KEY-----\n${encrypted}\n-----END RSA PRIVATE KEY-----`,
      'likely',
    ],
    ['a key of OpenSSH', pem('OPENSSH PRIVATE KEY', openSsh('none')), 'certain'],
    ['a key of OpenSSH under a passphrase', pem('OPENSSH PRIVATE KEY', openSsh('aes256-ctr')), 'likely'],
    ['a password in an address', 'postgres://app:Xk29sLmQ@db/shop', 'certain'],
    ['a password in an address that may be a default', 'postgres://postgres:postgres@db/shop', 'likely'],
    ['a Stripe test key', `sk_test_${alnum(24)}`, 'likely'],
  ];
  for (const [claim, text, certainty] of rows) {
    test(claim, () =>
      assert.deepEqual(
        findSecrets(text, 'env', 'X').map((match) => match.certainty),
        [certainty],
      ),
    );
  }
});

test('a name is no value', () => {
  assert.deepEqual(detectorsIn('on', 'env', `ghp_${withChecksum62()}`), []);
});

test('an alphabet in a token is documentation in a file, and a doubt in the image itself', () => {
  const typed = `ghp_${'abcdefghijklmnopqrstuvwxyz0123456789'}`;
  assert.deepEqual(detectorsIn(typed, 'file'), []);
  assert.equal(findSecrets(typed, 'env', 'X')[0]?.certainty, 'likely');
});

test('the path of a file decides nothing', () => {
  const token = `ghp_${withChecksum62()}`;
  for (const path of ['test/fixtures/.env', 'usr/share/doc/example.md', 'node_modules/a/README', 'etc/password.txt']) {
    assert.deepEqual(detectorsIn(`token: ${token}`, 'file', path), ['github-token'], path);
    assert.deepEqual(detectorsIn('hunter2', 'file', path), [], path);
  }
});

describe('base images as they are published hold nothing', () => {
  for (const [image, variables] of Object.entries(environmentsOfBaseImages)) {
    test(`in the environment of ${image}`, () => {
      for (const variable of variables) {
        const [name, value] = entry(variable);
        assert.deepEqual(detectorsIn(value, 'env', name), [], variable);
        assert.deepEqual(detectorsIn(`ENV ${variable}`, 'history'), [], variable);
      }
    });
  }
  for (const [image, instructions] of Object.entries(instructionsOfBaseImages)) {
    test(`in the history of ${image}`, () => {
      for (const instruction of instructions) assert.deepEqual(detectorsIn(instruction, 'history'), [], instruction);
    });
  }
});

/** Everything below a directory, in the order of names, until there is enough. */
function textsBelow(directory: URL, maxBytes: number): readonly (readonly [path: string, text: string])[] {
  const texts: (readonly [string, string])[] = [];
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(?:ts|js|json|md|txt)$|LICEN[CS]E/.test(entry.name) || bytes > maxBytes) continue;
    const path = `${entry.parentPath}/${entry.name}`;
    const text = readFileSync(path, 'utf8');
    bytes += text.length;
    texts.push([path, text]);
  }
  return texts;
}

describe('clean text holds nothing certain', () => {
  const modules = ['ajv', 'express', 'fast-check', 'yaml', 'pino', 'commander', 'typescript/lib'];
  for (const path of ['src', ...modules.map((name) => `node_modules/${name}`)]) {
    test(path, () => {
      const texts = textsBelow(new URL(`../../${path}/`, import.meta.url), 2_000_000);
      assert.ok(texts.length > 0);
      for (const [file, text] of texts) {
        const certain = findSecrets(text, 'file', file).filter(({ certainty }) => certainty === 'certain');
        assert.deepEqual(certain, [], file);
      }
    });
  }
});
