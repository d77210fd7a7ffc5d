// Files in which package managers and build tools keep their logins.
import {
  all,
  asVariables,
  type CredentialFile,
  type FoundInFile,
  found,
  isLogin,
  matching,
  named,
  nothingMore,
} from './credential-file.ts';
import { entriesOf } from './entries.ts';

const password = 'login-file-password';
const token = 'login-file-token';

export const packageClientFiles: readonly CredentialFile[] = [
  {
    names: ['.npmrc', 'npmrc'],
    holdsLogins: true,
    find: named('equals', [
      [/(?:^|:)_authToken$/, 'npmrc-auth-token'],
      [/(?:^|:)_auth$/, 'npmrc-login'],
      [/(?:^|:)_password$/, 'npmrc-password'],
    ]),
  },
  {
    names: ['.yarnrc.yml', '.yarnrc.yaml'],
    holdsLogins: true,
    find: named('yaml', [
      [/^npmAuthToken$/, 'npmrc-auth-token'],
      [/^npmAuthIdent$/, 'npmrc-login'],
    ]),
  },
  { names: ['.yarnrc'], holdsLogins: true, find: matching(/_authToken"?\s{1,8}"(?<secret>[^"\s]{1,1000})"/dg, token) },
  { names: ['bunfig.toml', '.bunfig.toml'], holdsLogins: true, find: asVariables('equals') },
  {
    names: ['.pypirc', 'poetry.toml', 'auth.toml'],
    holdsLogins: true,
    find: named('equals', [
      [/^(?:.*\.)?password$/, password],
      [/^(?:pypi-)?token(?:\..+)?$/, token],
    ]),
  },
  {
    names: ['pip.conf', 'pip.ini', '.condarc', '.wgetrc', 'sources.list', '.pydistutils.cfg'],
    holdsLogins: true,
    find: nothingMore,
  },
  {
    // Of apt: `machine host login user password secret` is found by its look.
    names: ['auth.conf'],
    path: /apt\//,
    holdsLogins: true,
    find: nothingMore,
  },
  {
    names: ['settings.xml', 'settings-security.xml'],
    holdsLogins: true,
    find: named('xml', [
      [/^(?:password|passphrase)$/, 'maven-password'],
      [/^master$/, password],
    ]),
  },
  {
    names: ['gradle.properties', '.sbtcredentials', '.credentials'],
    holdsLogins: true,
    find: asVariables('properties'),
  },
  {
    names: ['nuget.config'],
    holdsLogins: true,
    find: all(named('xml', [[/password$/i, password]]), nugetKeys),
  },
  {
    // Beside composer.json as well as in the home directory; the names of its sections tell it from those of others.
    names: ['auth.json'],
    holdsLogins: true,
    find: composerLogins,
  },
  {
    names: ['credentials'],
    path: /(?:^|\/)\.gem\/credentials$/,
    holdsLogins: true,
    find: matching(/^:\w{1,60}:[ \t]{1,8}(?:Bearer )?["']?(?<secret>[^\s"']{8,400})/dgm, token),
  },
  {
    names: ['config'],
    path: /(?:^|\/)\.?bundle\/config$/,
    holdsLogins: true,
    find: matching(/^BUNDLE_[A-Z0-9_]{3,120}:[ \t]{1,8}["'][^\s:"']{1,100}:(?<secret>[^\s"']{3,400})["']/dgm, password),
  },
  {
    names: ['credentials.toml', 'credentials'],
    path: /cargo\//,
    holdsLogins: true,
    find: named('equals', [[/^token$/, token]]),
  },
];

/** `<apikeys><add key="address" value="…"/>`: named by the address that they are for. */
function nugetKeys(text: string): readonly FoundInFile[] {
  const section = /<apikeys>[\s\S]{0,20000}?(?:<\/apikeys>|$)/i.exec(text);
  if (section === null) return [];
  return entriesOf(section[0], 'xml')
    .filter(({ value }) => isLogin(value))
    .map((entry) => found(token, { ...entry, start: entry.start + section.index, end: entry.end + section.index }));
}

/** `"github-oauth": {"host": "token"}`, `"http-basic": {"host": {"username": …, "password": …}}`. */
function composerLogins(text: string): readonly FoundInFile[] {
  const sections =
    /"(?:github-oauth|gitlab-oauth|gitlab-token|bearer|bitbucket-oauth|http-basic)"\s{0,40}:\s{0,40}\{(?:[^{}]|\{[^{}]{0,2000}\}){0,8000}\}?/g;
  return [...text.matchAll(sections)].flatMap((section) =>
    entriesOf(section[0], 'json')
      .filter(({ name, value }) => !/^(?:user(?:name)?|consumer-key)$/.test(name) && isLogin(value))
      .map((entry) =>
        found(entry.name === 'password' ? password : token, {
          ...entry,
          start: entry.start + section.index,
          end: entry.end + section.index,
        }),
      ),
  );
}
