// Files with credentials in every place and form in which they end up in images, and files that only look as if they had any.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { zip } from '../support/zip.ts';
import { detectorGroups } from './all-detector-cases.ts';
import { filesWithLogins } from './credential-file-cases.ts';
import { alnum, base64, braced, encoded, hex, lower, uuid, withChecksum62 } from './token-parts.ts';

export interface CorpusFile {
  readonly path: string;
  readonly bytes: Buffer;
}

export interface CorpusGroup {
  /** Whether each of the files holds a credential, or none of them does. */
  readonly holdsSecrets: boolean;
  readonly files: readonly CorpusFile[];
}

/** A text with one credential in it, for each form that a detector knows. */
const samples: readonly (readonly [id: string, text: string])[] = Object.values(detectorGroups).flatMap(({ cases }) =>
  Object.entries(cases).flatMap(([id, { finds }]) =>
    finds.map((text, index): readonly [string, string] => [`${id}-${index}`, text.replace(/[«»]/g, '')]),
  ),
);

/** What is none of its own kind, but a token of another. */
const otherTokens: ReadonlySet<string> = new Set(['github-refresh-token-0', 'gitlab-routable-token-0']);

const lookalikes: readonly (readonly [id: string, text: string])[] = Object.values(detectorGroups).flatMap(
  ({ cases }) =>
    Object.entries(cases).flatMap(([id, { ignores }]) =>
      Object.values(ignores).map((text, index): readonly [string, string] => [`${id}-${index}`, text]),
    ),
);

function sampleFiles(folder: string, ending: string, bytesOf: (text: string) => Buffer): readonly CorpusFile[] {
  return samples.map(([id, text]) => ({ path: `${folder}/${id}${ending}`, bytes: bytesOf(text) }));
}

const inText = (text: string): Buffer => Buffer.from(`first line\nvalue: ${text}\nlast line\n`);

/** What a linker makes of a string: zero bytes round it, in a program. */
const inProgram = (text: string): Buffer =>
  Buffer.concat([
    Buffer.from('\x7fELF\x02\x01\x01\0'),
    Buffer.alloc(300, 0x90),
    Buffer.from(`\0${text}\0`),
    Buffer.alloc(300),
  ]);

/** So that the credential lies across the end of a piece of that many bytes, in which files are read. */
const across =
  (piece: number) =>
  (text: string): Buffer =>
    Buffer.concat([
      Buffer.alloc(piece - 20 - Math.floor(text.length / 3), 'a line of text\n'),
      Buffer.from(` ${text}\n`),
    ]);

const github = (): string => ['gh', 'p_', withChecksum62()].join('');
const npm = (): string => ['np', 'm_', withChecksum62()].join('');
const drawn = (): string => lower(4) + alnum(12);

/** What slips through one scanner or another. */
const evasions: readonly CorpusFile[] = [
  ['app/bin/server', inProgram(github())],
  ['root/.npmrc', Buffer.from(`//registry.example.com/:_authToken=${npm()}\n`)],
  ['home/node/.npmrc', Buffer.from(`//registry.example.com/:_authToken=${uuid()}\n`)],
  ['app/tests/.env', Buffer.from(`STRIPE=${['sk_', 'live_', alnum(24)].join('')}\nDB_PASSWORD=${drawn()}\n`)],
  ['app/examples/settings.py', inText(github())],
  ['usr/share/nginx/html/.env', Buffer.from(`API_KEY=${alnum(32)}\n`)],
  ['usr/lib/app/config.yaml', Buffer.from(`token: ${github()}\n`)],
  ['app/vendor/lib/a.rb', inText(github())],
  ['app/node_modules/internal/index.js', inText(npm())],
  ['app/package-lock.json', Buffer.from(`{"resolved": "https://bot:${drawn()}@npm.example.net/a.tgz"}\n`)],
  ['app/README.md', inText(github())],
  ['app/false.env', Buffer.from(`DB_PASSWORD=false${drawn()}\n`)],
  ['app/false.txt', Buffer.from(`postgres://app:false${drawn()}@db.internal/app\n`)],
  ['app/one-line.json', Buffer.from(`{"a":"${'x'.repeat(300_000)}","b":"${github()}"}`)],
  ['root/.docker/config.json', Buffer.from(`{"auths":{"r.example.com":{"auth":"${encoded(`ci:${drawn()}`)}"}}}`)],
  ['deploy/secret.yaml', Buffer.from(`kind: Secret\ndata:\n  token: ${encoded(github())}\n`)],
].map(([path, bytes]) => ({ path: String(path), bytes: Buffer.from(bytes ?? '') }));

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Words of a program as minifiers leave them. */
function minified(): string {
  const names = Array.from(
    { length: 3000 },
    () => `${lower(1).replace(/\d/, 'q')}${alnum(2)}=function(t,e){return ${alnum(3)}(t,"${alnum(6)}")}`,
  );
  return `!${names.join(',')};`;
}

const clean: Readonly<Record<string, readonly CorpusFile[]>> = {
  'public keys and certificates': [
    {
      path: 'etc/ssl/certs/a.pem',
      bytes: Buffer.from(
        `-----BEGIN CERTIFICATE-----\n${(base64(1200).match(/.{64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`,
      ),
    },
    { path: 'app/public.pem', bytes: Buffer.from(rsa.publicKey.export({ type: 'spki', format: 'pem' })) },
    { path: 'app/public.der', bytes: rsa.publicKey.export({ type: 'spki', format: 'der' }) },
    {
      path: 'root/.ssh/authorized_keys',
      bytes: Buffer.from(`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${base64(43)} a@example.com\n`),
    },
    {
      path: 'etc/key.gpg',
      bytes: Buffer.from(
        `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${base64(600)}\n-----END PGP PUBLIC KEY BLOCK-----\n`,
      ),
    },
  ],
  'blanks and references': [
    {
      path: 'app/.env.example',
      bytes: Buffer.from('DB_PASSWORD=postgres\nJWT_SECRET=supersecret\nAPI_KEY=your-api-key\n'),
    },
    {
      path: 'app/.env',
      bytes: Buffer.from(
        `DB_PASSWORD=${braced('DB_PASSWORD')}\nAPI_KEY=changeme\nTOKEN=<token>\nKEY_FILE=/run/secrets/key\n`,
      ),
    },
    {
      path: 'root/.npmrc',
      bytes: Buffer.from(`//registry.example.com/:_authToken=${braced('NPM_TOKEN')}\nstrict-ssl=true\n`),
    },
    { path: 'app/config/database.yml', bytes: Buffer.from('password: <%= ENV["DB_PASSWORD"] %>\nhost: localhost\n') },
    {
      path: 'k8s/pod.yaml',
      bytes: Buffer.from('env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: {name: db, key: password}\n'),
    },
    {
      path: 'docs/setup.md',
      bytes: Buffer.from('Run `curl -u user:password https://example.com` or set `https://user:pass@host/`.\n'),
    },
  ],
  'documented examples': [
    {
      path: 'docs/aws.md',
      bytes: Buffer.from(
        [
          'aws_access_key_id = AKIA',
          'IOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI',
          '/K7MDENG/bPxRfiCYEXAMPLEKEY\n',
        ].join(''),
      ),
    },
    {
      path: 'usr/lib/ruby/3.1.0/uri/generic.rb',
      bytes: Buffer.from(
        `uri = URI.parse("http://john:S3nsit${'1ve'}@my.example.com")\nuri.to_s #=> "http://sam:V3ry_S3nsit${'1ve'}@my.example.com"\n`,
      ),
    },
    {
      path: 'app/node_modules/dotenv/lib/main.js',
      bytes: Buffer.from(
        `// example: DOTENV_KEY="dotenv://:key_${'1234'}@dotenvx.com/vault/.env.vault?environment=prod"\n`,
      ),
    },
    {
      path: 'app/node_modules/debug/.coveralls.yml',
      bytes: Buffer.from(`repo_token: SIAeZjKYlHK74rbcFv${'NHMUzjRiMpflxve'}\n`),
    },
    {
      path: 'app/node_modules/@octokit/auth-token/README.md',
      bytes: Buffer.from(`createTokenAuth("ghp_${'PersonalAccessToken01245678900000000'}");\n`),
    },
    {
      path: 'app/node_modules/@octokit/auth-app/README.md',
      bytes: Buffer.from(
        `"authorization": "basic ${encoded(`lv1.${'1234567890abcdef'}:${'1234567890abcdef'.repeat(2)}12345678`)}"\n`,
      ),
    },
    { path: 'docs/auth.md', bytes: Buffer.from(`Authorization: Basic ${encoded('Aladdin:open sesame')}\n`) },
  ],
  'source code': [
    {
      path: 'app/node_modules/openpgp/dist/node/openpgp.mjs',
      bytes: Buffer.from(
        `result.push('-----BEGIN PGP PRIVATE KEY BLOCK-----\\n');\n${'result.push(addHeader(customComment, config));\n'.repeat(4)}result.push('-----END PGP PRIVATE KEY BLOCK-----\\n');\n`,
      ),
    },
    {
      path: 'app/node_modules/langsmith/sandboxes.d.ts',
      bytes: Buffer.from('secret_access_key: SandboxesSandboxAwsMountStaticAuthConfig.SecretAccessKey;\n'),
    },
    {
      path: 'app/node_modules/prisma/build/cli.js',
      bytes: Buffer.from('return `sqlserver://localhost:1433;database=mydb;user=SA;password=randompassword;`;\n'),
    },
    {
      path: 'usr/bin/pnpm',
      bytes: Buffer.from('\0_27pnpm_resolving_npm_resolver6mirror15EncodeMetaErrorNtB6_5Debug3fmt\0'),
    },
    {
      path: 'app/pglite.data',
      bytes: Buffer.from('localhost:5432:postgres:login:md5d5745f9425eceb269f9fe01d0bef06ff\n'),
    },
    {
      path: 'app/login.py',
      bytes: Buffer.from(
        `def login(password: str):\n    token = request.headers["token"]\n    secret = get("${alnum(20)}")\n    api_key = os.environ["API_KEY"]\n`,
      ),
    },
    {
      path: 'app/Login.java',
      bytes: Buffer.from(
        'String password = props.getProperty("db.password");\nprivate static final String TOKEN_HEADER = "X-Auth-Token1";\n',
      ),
    },
    { path: 'app/hash.go', bytes: Buffer.from(`const want = "${hex(64)}"\nvar key = []byte("0123456789abcdef")\n`) },
  ],
  'minified scripts': [1, 2, 3].map((index) => ({ path: `app/dist/${index}.min.js`, bytes: Buffer.from(minified()) })),
  'lock files': [
    {
      path: 'app/package-lock.json',
      bytes: Buffer.from(Array.from({ length: 500 }, () => `"integrity": "sha512-${base64(86)}==",\n`).join('')),
    },
    {
      path: 'app/go.sum',
      bytes: Buffer.from(
        Array.from({ length: 500 }, () => `example.com/${lower(6)} v1.2.3 h1:${base64(43)}=\n`).join(''),
      ),
    },
    {
      path: 'app/poetry.lock',
      bytes: Buffer.from(
        Array.from({ length: 500 }, () => `    {file = "a.whl", hash = "sha256:${hex(64)}"},\n`).join(''),
      ),
    },
    {
      path: 'app/yarn.lock',
      bytes: Buffer.from(
        Array.from(
          { length: 500 },
          () => `  resolved "https://registry.example.com/a/-/a-1.0.0.tgz#${hex(40)}"\n`,
        ).join(''),
      ),
    },
  ],
  'images in text': [
    { path: 'app/style.css', bytes: Buffer.from(`a{background:url(data:image/png;base64,${base64(60_000)}==)}`) },
    {
      path: 'app/a.js.map',
      bytes: Buffer.from(`{"mappings":"${Array.from({ length: 9000 }, () => `${alnum(4).toUpperCase()},`).join('')}"}`),
    },
  ],
  'binary data': [1, 2, 3].map((index) => ({
    path: `usr/bin/${index}`,
    bytes: Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01\0'), randomBytes(500_000)]),
  })),
};

export const corpus: Readonly<Record<string, CorpusGroup>> = {
  'tokens in text': secrets(sampleFiles('app/src', '.txt', inText)),
  'tokens in programs': secrets(sampleFiles('app/bin', '', inProgram)),
  'tokens in UTF-16': secrets(
    sampleFiles('app/wide', '.txt', (text) => Buffer.from(`\ufeff${inText(text)}`, 'utf16le')),
  ),
  'tokens in gzip': secrets(sampleFiles('var/log', '.log.gz', (text) => gzipSync(inText(text)))),
  'tokens in archives': secrets(
    sampleFiles('opt/lib', '.jar', (text) => zip([{ name: 'a/b.txt', bytes: inText(text) }])),
  ),
  'tokens across 64 KiB': secrets(sampleFiles('app/a', '.txt', across(65_536))),
  'tokens across 256 KiB': secrets(sampleFiles('app/b', '.txt', across(262_144))),
  'login files and settings': secrets(
    Object.values(filesWithLogins).map(({ path, text }, index) => ({
      path: `${index}/${path}`,
      bytes: Buffer.from(text),
    })),
  ),
  evasions: secrets(evasions),
  lookalikes: {
    holdsSecrets: false,
    files: lookalikes
      .filter(([id]) => !otherTokens.has(id))
      .map(([id, text]) => ({ path: `lib/${id}.txt`, bytes: inText(text) })),
  },
  ...Object.fromEntries(Object.entries(clean).map(([name, files]) => [name, { holdsSecrets: false, files }])),
};

function secrets(files: readonly CorpusFile[]): CorpusGroup {
  return { holdsSecrets: true, files };
}
