// Credentials that only their name tells apart: the words that promise one, the words that take the promise back, the values that keep it.
import type { NameDetector } from '../detector.ts';
import { isSequential } from '../placeholder.ts';
import { isDrawn, isFingerprint, isHexDigest, isVersion, isWords } from '../value-look.ts';

/** The thing about a secret that the name is for, not the secret: `PASSWORD_FILE`, `TOKEN_URL`, `SECRET_NAME`, `PASSWORD_MIN_LENGTH`. */
const takesBackAfter: ReadonlySet<string> = new Set(
  (
    'file files path paths dir directory folder location name names id ids uuid user username login email url uri urls endpoint host port ' +
    'address version type kind mode method style format encoding charset algorithm alg algo cipher hash hashes hashed digest ' +
    'checksum sha md fingerprint length len size min max minimum maximum count limit limits ttl age expiry expires ' +
    'expire expiration expired lifetime duration interval timeout days hours minutes seconds retries enabled enable disabled disable ' +
    'required require optional allowed policy policies rule rules strength complexity pattern regex regexp prefix suffix header field ' +
    'param parameter query label keyid ref reference store storage provider manager helper backend engine plugin service server ' +
    'command cmd hook script handler function class source env var variable sock socket agent issuer audience scope scopes realm domain ' +
    'namespace arn hint prompt reset rotation rotate change changed last history usage status state public placeholder mask description ' +
    'comment message error title through vault bits budget budgets stdin fd iterations rounds cost salt parallelism separator delimiter'
  ).split(' '),
);

/** Before the noun: what is public, counted, switched, or names an object in a cluster. */
const takesBackBefore: ReadonlySet<string> = new Set(
  (
    'public pub max min num no number count enable disable use allow skip with without require has is show hide gpg pgp gnupg apt deb rpm ' +
    'signed known authorized primary foreign sort partition row cache object idempotency publishable anon host pull image tls ' +
    'csrf xsrf pad next prev page continuation site k8s kube kubernetes'
  ).split(' '),
);

/** Whether the words hold one of the phrases, the last one counting, and no other word takes it back. */
function promised(
  words: readonly string[],
  phrases: readonly (readonly string[])[],
  endings: readonly string[],
): boolean {
  for (let index = words.length - 1; index >= 0; index--) {
    const phrase = phrases.find((candidate) => candidate.every((word, offset) => words[index + offset] === word));
    const length = phrase?.length ?? (endings.some((ending) => words[index]?.endsWith(ending)) ? 1 : 0);
    if (length === 0) continue;
    return (
      !words.slice(index + length).some((word) => takesBackAfter.has(word)) &&
      !words.slice(0, index).some((word) => takesBackBefore.has(word))
    );
  }
  return false;
}

function phrases(text: string): readonly (readonly string[])[] {
  return text.split(', ').map((phrase) => phrase.split(' '));
}

const passwords = phrases(
  'password, passwd, pwd, pass, passphrase, passcode, passwort, requirepass, masterauth, rootpass, dbpass',
);
const secrets = phrases('secret, secret key, secret access key, encryption key, encrypt key, signing key, master key');
const tokens = phrases('token, pat, bearer');
const keys = phrases(
  'api key, apikey, access key, private key, app key, auth key, license key, licence key, account key, storage key, service key, deploy key, ssh key',
);
const credentials = phrases('credentials, credential, creds, cred, auth, authorization');

/** What these secrets are for makes them one whatever they say: `JWT_SECRET=super-secret-key` signs tokens. */
const secretPurposes: ReadonlySet<string> = new Set(
  'jwt session cookie sign signing hmac webhook encryption encrypt master django flask rails hash pepper'.split(' '),
);

const source = 'https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/';
const revoke = 'where it is accepted, by setting a new one';

/** Not a word, a version or a sequence somebody typed. */
function looksMade(value: string, minLength: number): boolean {
  return value.length >= minLength && isDrawn(value) && !isVersion(value) && !isWords(value) && !isSequential(value);
}

export const namedDetectors: readonly NameDetector[] = [
  {
    by: 'name',
    id: 'named-password',
    title: 'password',
    certainty: 'likely',
    promises: (words) => words.join(' ') !== 'pwd' && promised(words, passwords, ['password', 'passwd', 'passphrase']),
    // A weak password is a password: whatever somebody could have typed, but a small number is a setting.
    accepts: (value) => value.length >= 3 && !/^\s|^[-+]?\d{1,3}[a-z]?$/.test(value),
    source,
    revoke,
  },
  {
    by: 'name',
    id: 'named-secret',
    title: 'secret',
    certainty: 'likely',
    promises: (words) => promised(words, secrets, ['secretkey', 'clientsecret']),
    // `SECRET=my-app-tls` names a Secret of a cluster; `JWT_SECRET=supersecret` is one.
    accepts: (value, words) => {
      if (value.length < 6 || isVersion(value) || isSequential(value) || isFingerprint(value) || /^\d+$/.test(value))
        return false;
      return (
        !isWords(value) ||
        words.some((word) => secretPurposes.has(word)) ||
        (words.length > 1 && /^[a-z]+$/.test(value))
      );
    },
    source,
    revoke,
  },
  {
    by: 'name',
    id: 'named-token',
    title: 'token',
    certainty: 'likely',
    promises: (words) => promised(words, tokens, ['authtoken', 'accesstoken', 'apitoken', 'bearertoken']),
    accepts: (value) => looksMade(value, 8),
    source,
    revoke,
  },
  {
    by: 'name',
    id: 'named-key',
    title: 'key',
    certainty: 'likely',
    promises: (words) => promised(words, keys, ['apikey', 'accesskey', 'privatekey']),
    accepts: (value) => looksMade(value, 12),
    source,
    revoke,
  },
  {
    by: 'name',
    id: 'named-other-key',
    title: 'key',
    certainty: 'likely',
    // Most keys that are only called so are fingerprints, names of columns, or places in a store.
    promises: (words) => promised(words, [['key']], []),
    accepts: (value) => looksMade(value, 20) && !isHexDigest(value),
    source,
    revoke,
  },
  {
    by: 'name',
    id: 'named-credentials',
    title: 'credentials',
    certainty: 'likely',
    promises: (words) => promised(words, credentials, []),
    accepts: (value) => looksMade(value, 12),
    source,
    revoke,
  },
];
