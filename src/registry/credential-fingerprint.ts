// Tells credentials apart in memory without keeping them: a keyed hash, of use only inside this process.
import { createHmac, randomBytes } from 'node:crypto';
import type { Credential } from '../inspection/image-source.ts';

const processKey = randomBytes(32);

/** Equal only for the same login from the same source and with the same grant. Never written anywhere. */
export function credentialFingerprint(credential: Credential | undefined): string {
  if (credential === undefined) return 'anonymous';
  const { source, grant, login } = credential;
  const parts = login.kind === 'password' ? [login.kind, login.username, login.password] : [login.kind, login.token];
  return createHmac('sha256', processKey)
    .update(JSON.stringify([source, grant, ...parts]))
    .digest('base64url');
}
