// Last proofs beyond a pattern, for the detectors to name: checksums, structure inside, lists of words.
import { crc32Base62 } from './checksum.ts';
import type { Candidate, Certainty } from './detector.ts';
import { decodeJsonNames, decodeLogin } from './encoded.ts';
import { isPlaceholder, isSequential } from './placeholder.ts';
import { entropy, isDrawn } from './value-look.ts';

/** GitHub's and npm's form: the last six characters are the checksum of those between the prefix and them. What fails it was made up or damaged. */
export function checksumAtEnd({ secret, groups }: Candidate): Certainty {
  const body = secret.slice(groups['prefix']?.length ?? 0);
  return crc32Base62(body.slice(0, -6), 6) === body.slice(-6) ? 'certain' : 'likely';
}

/** A key of random letters and digits, not a word, a constant or a path that has its length. */
export function drawn(minEntropy: number): (candidate: Candidate) => Certainty | undefined {
  return ({ secret, groups }) =>
    entropy(secret.slice(groups['prefix']?.length ?? 0)) >= minEntropy ? 'certain' : undefined;
}

/** Group `json` is base64 of a JSON object with these names. */
export function carriesJson(...names: readonly string[]): (candidate: Candidate) => Certainty | undefined {
  return ({ groups }) => {
    const found = decodeJsonNames(groups['json'] ?? '');
    return found !== undefined && names.every((name) => found.has(name)) ? 'certain' : undefined;
  };
}

/** Base64 of `user:password`, where neither is a blank to be filled in; outside of login files, the password has to look drawn. */
export function carriesLogin({ secret, kind }: Candidate): Certainty | undefined {
  const login = decodeLogin(secret);
  if (
    login === undefined ||
    isPlaceholder(login.password) ||
    isSequential(login.password) ||
    isExampleLogin(login.user, login.password)
  )
    return undefined;
  return kind === 'file' && !isDrawn(login.password) ? undefined : 'certain';
}

/** Nobody's names. */
const exampleUsers = /^(?:user(?:name)?|me|foo|aladdin|test|joe|john|jane|alice|bob|example|name|login|your.{0,20})$/i;
const commonUsers = /^(?:admin|root|guest)$/i;
const examplePasswords =
  /^(?:pass(?:w(?:or)?d)?|pwd?|secret|bar|baz|test|hunter2|open ?sesame|p(?:4|@|%40)ss(?:w0rd|word)|passw0rd|example|token|qwerty|letmein|password1|123(?:4(?:5(?:6)?)?)?|pa\$\$w0rd|user|admin|root|guest)$/i;
/** `CLIENT_SECRET`, `password`: the name of the thing, not the thing. */
const nameOfSecret = /^[A-Z]{2,20}(?:[_-][A-Z]{2,20}){1,4}$|^(?:pass(?:w(?:or)?d)?|PASS(?:W(?:OR)?D)?)$/;

/** Whether a user's name is one that only documentation has. */
export function isExampleUser(user: string): boolean {
  return exampleUsers.test(user);
}

/** `user:password` and its like, as documentation writes it. A weak password of a real user is not meant. */
export function isExampleLogin(user: string, password: string): boolean {
  if (nameOfSecret.test(password)) return true;
  return (isExampleUser(user) || commonUsers.test(user)) && (examplePasswords.test(password) || user === password);
}
