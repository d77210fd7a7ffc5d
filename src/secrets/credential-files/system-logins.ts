// Files in which programs of any system keep logins: for hosts, databases, mail, web servers, and what people typed.
import { findSecrets } from '../find-secrets.ts';
import {
  all,
  type CredentialFile,
  type FoundInFile,
  found,
  isLogin,
  matching,
  named,
  nothingMore,
} from './credential-file.ts';

const password = 'login-file-password';

export const systemLoginFiles: readonly CredentialFile[] = [
  {
    names: ['.netrc', '_netrc', 'netrc', '.authinfo'],
    holdsLogins: true,
    find: netrcPasswords,
  },
  { names: ['.git-credentials', '.gitconfig', 'gitconfig', '.hgrc', '.curlrc'], holdsLogins: true, find: nothingMore },
  {
    names: ['config', 'credentials'],
    path: /(?:^|\/)(?:\.git|git|\.svn\/auth)\/(?:config|credentials)$|\.git\/modules\/.*\/config$/,
    holdsLogins: true,
    find: nothingMore,
  },
  {
    names: ['.pgpass', 'pgpass.conf'],
    holdsLogins: true,
    find: matching(/^(?!#)(?:(?:\\.|[^:\\\n]){0,200}:){4}(?<secret>(?:\\.|[^:\\\r\n]){1,200})/dgm, 'pgpass-password'),
  },
  {
    names: ['.my.cnf', 'my.cnf', 'debian.cnf', '.mysqlrc', 'client.cnf'],
    holdsLogins: true,
    find: named('equals', [[/^(?:password|database-password|ssl[-_]key[-_]pass)$/, password]]),
  },
  {
    names: ['.htpasswd', 'htpasswd', '*.htpasswd', 'htdigest', '.htdigest'],
    holdsLogins: true,
    find: matching(/^(?!#)[^:\s]{1,100}:(?:[^:\r\n]{1,100}:)?(?<secret>[^:\s]{3,200})$/dgm, 'password-hash'),
  },
  {
    names: [
      '.msmtprc',
      'msmtprc',
      '.fetchmailrc',
      '.muttrc',
      '.offlineimaprc',
      '.mbsyncrc',
      '.esmtprc',
      'ssmtp.conf',
      '.wgetrc',
      'wpa_supplicant.conf',
      '.smbcredentials',
      'smbcredentials',
      '.cifs',
    ],
    holdsLogins: true,
    find: matching(
      /^[ \t]*(?:set[ \t]+)?(?:password|pass|passwd|imap_pass|smtp_pass|remotepass|authpass|psk|http_password|ftp_password)[ \t]{0,8}[= \t:][ \t]{0,8}["']?(?<secret>[^\s"'#]{3,200})/dgim,
      password,
    ),
  },
  {
    names: ['sasl_passwd', 'chap-secrets', 'pap-secrets'],
    holdsLogins: true,
    find: matching(
      /^(?!#)\S{1,200}[ \t]{1,40}(?:[^\s:]{1,100}:|\S{1,100}[ \t]{1,40})["']?(?<secret>[^\s"']{3,200})/dgm,
      password,
    ),
  },
  {
    names: ['filezilla.xml', 'sitemanager.xml', 'recentservers.xml'],
    holdsLogins: true,
    find: named('xml', [[/^Pass$/, password]]),
  },
  {
    names: [
      '.bash_history',
      '.zsh_history',
      '.ash_history',
      '.sh_history',
      '.history',
      'fish_history',
      '.psql_history',
      '.mysql_history',
      '.rediscli_history',
      '.python_history',
      '.node_repl_history',
    ],
    holdsLogins: true,
    find: all(typedLines, matching(/\b(?:identified\s{1,8}by|password)\s{1,8}'(?<secret>[^'\n]{3,200})'/dgi, password)),
  },
];

/** Tokens between white space, as GNU inetutils reads them; a password may be quoted. */
function netrcPasswords(text: string): readonly FoundInFile[] {
  const token = /"((?:[^"\\]|\\.){0,400})"|([^\s"]\S{0,400})/g;
  const secrets: FoundInFile[] = [];
  let previous = '';
  for (const match of text.replace(/^[ \t]*#.*$/gm, (comment) => ' '.repeat(comment.length)).matchAll(token)) {
    const value = match[1] ?? match[2] ?? '';
    const start = match.index + (match[1] === undefined ? 0 : 1);
    if (previous === 'password' && isLogin(value))
      secrets.push(found('netrc-password', { value, start, end: start + value.length }));
    previous = previous === 'password' || previous === 'login' || previous === 'machine' ? '' : value;
  }
  return secrets;
}

/** Each line is a command that somebody typed. */
function typedLines(text: string): readonly FoundInFile[] {
  return [...text.matchAll(/[^\n]{8,4000}/g)].flatMap((line) =>
    findSecrets(line[0], 'command').map(({ detector, certainty, start, end }) => ({
      detector,
      certainty,
      start: line.index + start,
      end: line.index + end,
    })),
  );
}
