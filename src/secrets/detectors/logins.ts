// Passwords and tokens in the places that hold logins of any service: addresses, headers, command lines, login files.
import type { Candidate, Certainty, PatternDetector } from '../detector.ts';
import { decodeBase64, decodeJsonNames } from '../encoded.ts';
import { carriesLogin, drawn, isExampleLogin, isExampleUser } from '../proof.ts';
import { isDrawn, isWords } from '../value-look.ts';

const alphanumeric = [...'abcdefghijklmnopqrstuvwxyz0123456789'];

const newPassword = 'where it is accepted, by setting a new password';

/** Hosts that only documentation has. */
const exampleHosts =
  /^(?:(?:www\.)?example(?:\.(?:com|org|net))?|host(?:name)?|server|domain|address|somewhere|(?:foo|bar)\.com|x\.x|some[-_.].{0,40}|.{0,60}\.(?:test|invalid))(?::|$)/i;

/** What runs beside a test or an example, and nowhere else. */
function isLocal(host: string): boolean {
  return /^(?:localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(host);
}

/** In files, addresses with logins are mostly documentation and tests; in an image's own configuration they are meant. */
function isLoginOfSomeone({ secret, groups, kind }: Candidate): Certainty | undefined {
  const user = groups['user'] ?? '';
  const weak = isExampleLogin(user, secret) || /^[a-z]{1,12}$/i.test(secret);
  if (kind !== 'file') return weak ? 'likely' : 'certain';
  const local = isExampleUser(user) || isLocal(groups['host'] ?? '');
  if (weak || local || exampleHosts.test(groups['host'] ?? '') || /[[\]{}^]|[^\x21-\x7e]/.test(user + secret))
    return undefined;
  const plain = secret.replace(/%[0-9A-Fa-f]{2}/g, ' ');
  if (isDrawn(plain)) return 'certain';
  return !isWords(plain) && (/\d/.test(plain) || /[a-z].*[A-Z].*[a-z]/.test(plain)) ? 'likely' : undefined;
}

/** What the tokens of jwt.io say; everybody signs these with everything. */
const documentedClaims = /"1234567890"/;
/** A token that says nothing of whom, for whom or how long opens no door: libraries document themselves with such. */
const registeredClaims = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'nbf'];
/** Tokens that had ended by then, as those of old documents have; seconds since 1970. */
const longEnded = Date.UTC(2024) / 1000;

function isWebToken({ groups }: Candidate): Certainty | undefined {
  const names = decodeJsonNames(groups['claims'] ?? '');
  const signed = decodeJsonNames(groups['header'] ?? '')?.has('alg') === true;
  if (!signed || names === undefined || !registeredClaims.some((name) => names.has(name))) return undefined;
  const claims = decodeBase64(groups['claims'] ?? '') ?? '';
  const end = /"exp"\s{0,4}:\s{0,4}(\d{9,10})(?!\d)/.exec(claims)?.[1];
  return documentedClaims.test(claims) || Number(end ?? longEnded) < longEnded ? undefined : 'certain';
}

export const loginDetectors: readonly PatternDetector[] = [
  {
    by: 'pattern',
    id: 'url-password',
    title: 'password in an address',
    certainty: 'certain',
    keywords: alphanumeric.map((last) => `${last}://`),
    pattern:
      /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,30}:\/\/(?<user>[^\s:/@"'`<>\\|]{0,100}):(?<secret>[^\s@/"'`<>\\|]{2,200})@(?<host>[A-Za-z0-9[\]:._-]{1,100})/dgi,
    // A name of a scheme before, and after it as much as the pattern takes.
    reach: { before: 40, after: 420 },
    proof: isLoginOfSomeone,
    source: 'https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1',
    revoke: 'at the service behind the address, by setting a new password',
  },
  {
    by: 'pattern',
    id: 'basic-authorization',
    title: 'login in a Basic authorization header',
    certainty: 'certain',
    keywords: ['basic '],
    pattern: /authorization["']?\s{0,3}[:=]\s{0,3}["']?basic\s{1,3}(?<secret>[A-Za-z0-9+/]{8,400}={0,2})/dgi,
    proof: carriesLogin,
    source: 'https://www.rfc-editor.org/rfc/rfc7617',
    revoke: newPassword,
  },
  {
    by: 'pattern',
    id: 'bearer-authorization',
    title: 'token in a Bearer authorization header',
    certainty: 'likely',
    keywords: ['bearer '],
    pattern: /authorization["']?\s{0,3}[:=]\s{0,3}["']?bearer\s{1,3}(?<secret>[A-Za-z0-9._~+/-]{20,1000}={0,2})/dgi,
    reach: { before: 160, after: 1100 },
    // A web token is judged as one, by what it says.
    proof: (candidate) =>
      drawn(3.5)(candidate) === undefined || !/\d/.test(candidate.secret) || /^eyJ[\w-]+\.eyJ/.test(candidate.secret)
        ? undefined
        : 'likely',
    source: 'https://www.rfc-editor.org/rfc/rfc6750',
    revoke: 'at the service that it was sent to',
  },
  {
    by: 'pattern',
    id: 'json-web-token',
    title: 'JSON Web Token',
    certainty: 'certain',
    // `{"` and a letter.
    keywords: [...'hijklmnopqrstuvwxyz0123456'].map((letter) => `eyJ${letter}`),
    pattern:
      /(?<![A-Za-z0-9_.-])(?<secret>(?<header>eyJ[A-Za-z0-9_-]{10,2000})\.(?<claims>eyJ[A-Za-z0-9_-]{10,4000})\.[A-Za-z0-9_-]{20,1400})(?![A-Za-z0-9_-])/dg,
    reach: { before: 0, after: 7500 },
    proof: isWebToken,
    source: 'https://www.rfc-editor.org/rfc/rfc7519',
    revoke: 'at the service that issued it, by ending the session or replacing the signing key',
  },
  {
    by: 'pattern',
    id: 'netrc-password',
    title: 'password in a netrc entry',
    certainty: 'certain',
    keywords: ['machine'],
    pattern:
      /(?<![A-Za-z0-9])machine\s{1,4}(?<host>[A-Za-z0-9.:_-]{1,200})\s{1,20}login\s{1,4}(?<user>[^\s"']{1,200})\s{1,20}password\s{1,4}(?<secret>[^\s"'\\\0-\x1f]{3,400})/dg,
    reach: { before: 0, after: 1100 },
    proof: ({ secret, groups, kind }) =>
      isExampleLogin(groups['user'] ?? '', secret) ||
      (kind === 'file' && (!isDrawn(secret) || exampleHosts.test(groups['host'] ?? '')))
        ? undefined
        : 'certain',
    source: 'https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html',
    revoke: 'at the host that the entry names, by setting a new password',
  },
  {
    by: 'pattern',
    id: 'pgpass-password',
    title: 'password in a PostgreSQL password file',
    certainty: 'likely',
    keywords: [':5432:', ':*:*:', ':6432:', ':5433:'],
    pattern:
      /(?<![A-Za-z0-9._:/@-])(?<host>[A-Za-z0-9._-]{1,100}|\*):(?:\d{4,5}|\*):(?:[A-Za-z0-9_-]{1,63}|\*):[A-Za-z0-9_-]{1,63}:(?<secret>[^\s:"'\\\0-\x1f]{3,200})(?![^\s"'\\\0-\x1f])/dg,
    proof: ({ secret, groups, kind }) =>
      kind === 'file' && (!isDrawn(secret) || isLocal(groups['host'] ?? '')) ? undefined : 'likely',
    source: 'https://www.postgresql.org/docs/current/libpq-pgpass.html',
    revoke: 'with `ALTER ROLE … PASSWORD`',
  },
  {
    by: 'pattern',
    id: 'connection-string-password',
    title: 'password in a connection string',
    certainty: 'certain',
    keywords: ['password=', 'pwd='],
    pattern:
      /(?:server|data source|host|addr|address|network address|driver|provider|user id|uid|username|user|database|initial catalog|ssl|port)\s{0,2}=[^;\n"']{1,200};(?:[^\n"']{0,300}?;)?\s{0,2}(?:password|pwd)\s{0,2}=\s{0,2}(?<secret>[^;\s"'\0-\x1f]{3,200})/dgi,
    reach: { before: 600, after: 300 },
    proof: ({ secret, kind }) => {
      if (kind === 'file' && /^[a-z]{1,30}$/i.test(secret)) return undefined;
      return /^[a-z]{1,12}$/i.test(secret) ? 'likely' : 'certain';
    },
    source: 'https://learn.microsoft.com/en-us/dotnet/framework/data/adonet/connection-string-syntax',
    revoke: 'at the database, by setting a new password',
  },
  {
    by: 'pattern',
    id: 'curl-login',
    title: 'login on a command line',
    certainty: 'likely',
    keywords: ['curl ', 'wget '],
    pattern:
      /(?:curl|wget)(?:\s[^\n|;]{0,300}?)?\s(?:-u|--user|--proxy-user|-U)[\s=]{0,2}["']?(?<user>[^\s:"'$]{1,100}):(?<secret>[^\s"'$`\0-\x1f]{3,200})/dg,
    reach: { before: 0, after: 700 },
    proof: ({ secret, groups, kind }) =>
      isExampleLogin(groups['user'] ?? '', secret) || (kind === 'file' && !isDrawn(secret)) ? undefined : 'likely',
    source: 'https://curl.se/docs/manpage.html#-u',
    revoke: newPassword,
  },
  {
    by: 'pattern',
    id: 'chpasswd-login',
    title: 'password of a system user',
    certainty: 'certain',
    keywords: ['chpasswd'],
    pattern:
      /echo\s{1,3}(?:-e\s{1,3})?["']?(?<user>[a-z_][a-z0-9_-]{0,31}):(?<secret>[^\s"'$`|]{1,200})["']?\s{0,3}\|\s{0,3}(?:sudo\s{1,3})?chpasswd/dg,
    reach: { before: 320, after: 20 },
    source: 'https://man7.org/linux/man-pages/man8/chpasswd.8.html',
    revoke: 'by locking the user’s password, which a container does not need',
  },
  {
    by: 'pattern',
    id: 'command-line-password',
    title: 'password on a command line',
    certainty: 'likely',
    keywords: ['sshpass', 'redis-cli', 'mysql', 'mariadb', ' login ', 'openssl passwd', 'htpasswd'],
    pattern:
      /(?:sshpass\s{1,3}-p\s{0,3}|redis-cli\s[^\n|;&]{0,100}?-a\s{1,3}|(?:mysql|mysqladmin|mysqldump|mariadb)\s(?:[^\n|;&]{0,200}?\s)?-p|(?:docker|podman|buildah|skopeo|registry|oras|auth) login\s[^\n|;&]{0,200}?-p[\s=]|openssl passwd\s{1,3}(?:-[a-z0-9]{1,8}\s{1,3}){0,3}|htpasswd\s{1,3}-[a-zA-Z]{0,4}b[a-zA-Z]{0,4}\s{1,3}\S{1,100}\s{1,3}\S{1,60}\s{1,3})["']?(?<secret>[^\s"'$`\\\0-\x1f-][^\s"'$`\0-\x1f]{2,200})/dg,
    reach: { before: 20, after: 500 },
    proof: ({ secret, kind }) => (kind === 'file' && !isDrawn(secret) ? undefined : 'likely'),
    source: 'https://cwe.mitre.org/data/definitions/214.html',
    revoke: newPassword,
  },
  {
    by: 'pattern',
    id: 'password-hash',
    title: 'password hash',
    certainty: 'likely',
    keywords: [':$apr1$', ':$2y$', ':$2b$', ':$2a$', ':$6$', ':$5$', ':$y$', ':{SHA}', ':$1$'],
    pattern:
      /(?<![A-Za-z0-9_.-])[A-Za-z_][A-Za-z0-9_.@-]{0,63}:(?<secret>\$apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}|\$1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|\$5\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}|\$6\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}|\$y\$[./A-Za-z0-9]{1,10}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}|\{SHA\}[A-Za-z0-9+/]{27}=)/dg,
    source: 'https://httpd.apache.org/docs/current/misc/password_encryptions.html',
    revoke: 'by setting a new password: a hash can be guessed offline',
  },
];
