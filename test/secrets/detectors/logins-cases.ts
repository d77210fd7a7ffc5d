// What the detectors of logins find and leave alone.
import type { DetectorCases } from '../detector-cases.ts';
import { alnum, base64, braced, encoded, json, url } from '../token-parts.ts';

const password = () => `Pw4${alnum(9)}`;
const token = () => `${json({ alg: 'HS256', typ: 'JWT' })}.${json({ sub: alnum(12), iat: 1_700_000_000 })}.${url(43)}`;

/** For each detector of logins. */
export const loginCases: DetectorCases = {
  'url-password': {
    finds: [
      ...[
        'postgres',
        'postgresql+asyncpg',
        'mysql',
        'mongodb+srv',
        'redis',
        'rediss',
        'amqp',
        'https',
        'ftp',
        'clickhouse',
      ].map((scheme) => `${scheme}://app:«${password()}»@db.internal:5432/shop?sslmode=require`),
      `redis://:«${password()}»@cache:6379/0`,
      `git clone https://oauth2:«${password()}»@git.internal/team/app.git`,
    ],
    ignores: {
      'no password': 'https://git@git.internal/team/app.git',
      'a variable': `postgres://app:${braced('DB_PASSWORD')}@db/shop`,
      'a shell variable': 'postgres://app:$DB_PASSWORD@db/shop',
      'a blank': 'postgres://app:<password>@db/shop',
      'a port': 'https://registry.example.com:5000/team/app@sha256:0123',
      'an at sign in the path': 'https://cdn.example.com/npm/vue@3.4.1/dist/vue.js',
      mask: 'postgres://app:****@db/shop',
    },
  },
  'basic-authorization': {
    finds: [
      `Authorization: Basic «${encoded(`deploy:${password()}`)}»`,
      `curl -H "authorization: basic «${encoded(`bot:${password()}`)}»" https://a`,
    ],
    ignores: {
      'what the RFC shows': ['Authorization: Basic ', 'QWxhZGRpbjpvcGVuIHNlc2FtZQ=='].join(''),
      'no login inside': `Authorization: Basic ${base64(24)}`,
      'a variable': 'Authorization: Basic $TOKEN',
    },
  },
  'bearer-authorization': {
    finds: [`Authorization: Bearer «${alnum(40)}»`, `--header "authorization: bearer «9${url(40)}»"`],
    ignores: {
      'a variable': 'Authorization: Bearer $TOKEN',
      'a word': 'Authorization: Bearer realm',
      'a blank': 'Authorization: Bearer <token>',
    },
  },
  'json-web-token': {
    finds: [token(), `{"token":"«${token()}»"}`],
    ignores: {
      'what jwt.io shows': `${json({ alg: 'HS256', typ: 'JWT' })}.${json({ sub: '1234567890', name: 'John Doe', iat: 1_516_239_022 })}.${url(43)}`,
      'no header inside': `eyJ${alnum(30)}.eyJ${alnum(40)}.${url(43)}`,
      'no algorithm': `${json({ typ: 'JWT', kid: alnum(8) })}.${json({ sub: 'a-subject' })}.${url(43)}`,
    },
  },
  'netrc-password': {
    finds: [
      `machine git.internal login bot password «${password()}»`,
      `machine git.internal\n  login bot\n  password «${password()}»\n`,
    ],
    ignores: {
      'no password': 'machine git.internal login bot',
      example: 'machine example.com login user password secret',
      prose: 'the machine is down, login again',
    },
  },
  'pgpass-password': {
    finds: [`db.internal:5432:shop:app:«${password()}»`, `*:*:*:app:«${password()}»`],
    ignores: { 'an address': 'postgres://db.internal:5432/shop', 'three fields': 'db.internal:5432:shop' },
  },
  'connection-string-password': {
    finds: [
      `Server=db.internal;Database=shop;User Id=app;Password=«${password()}»;Encrypt=true`,
      `host=db.internal;username=app;pwd=«${password()}»`,
    ],
    ignores: {
      'a variable': `Server=db;User Id=app;Password=${braced('PASSWORD')};`,
      'no password': 'Server=db;Database=shop;Trusted_Connection=true',
    },
  },
  'curl-login': {
    finds: [
      `curl -fsSL -u deploy:«${password()}» https://repo.internal/x`,
      `curl --user "deploy:«${password()}»" https://repo.internal`,
    ],
    ignores: {
      'a variable': 'curl -u "$USER:$PASSWORD" https://repo.internal',
      'a user alone': 'curl -u deploy https://repo.internal',
      example: 'curl -u user:password https://repo.internal',
    },
  },
  'chpasswd-login': {
    finds: [`echo 'root:«${password()}»' | chpasswd`, `echo "app:«toor»" | sudo chpasswd`],
    ignores: { 'a variable': 'echo "root:$PASSWORD" | chpasswd', 'a file': 'chpasswd < /run/secrets/users' },
  },
  'command-line-password': {
    finds: [
      `sshpass -p «${password()}» ssh host`,
      `redis-cli -h cache -a «${password()}» ping`,
      `mysql -h db -u app -p«${password()}» shop`,
      `docker login -u bot -p «${password()}» registry.internal`,
      `openssl passwd -6 «${password()}»`,
      `htpasswd -bc /etc/nginx/users admin «${password()}»`,
    ],
    ignores: {
      'a variable': 'sshpass -p "$PASSWORD" ssh host',
      'standard input': 'docker login --username bot --password-stdin',
      'a question': 'mysql -u app -p shop',
      'a page of the manual': 'openssl passwd \\-aixmd5 \\-salt xxxxxxxx password',
    },
  },
  'password-hash': {
    finds: [
      `bob:«$apr1$${alnum(8)}$${alnum(22)}»`,
      `bob:«$2y$05$${alnum(53)}»`,
      `root:«$6$${alnum(16)}$${alnum(86)}»:19000:0:99999:7:::`,
      `bob:«{SHA}${base64(27)}=»`,
    ],
    ignores: {
      locked: 'root:*:19000:0:99999:7:::',
      disabled: 'daemon:!:19000::::::',
      'no user': `$2y$05$${alnum(53)}`,
    },
  },
};
