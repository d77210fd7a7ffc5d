// Whether the words of a registry repeat the credential that it was sent: then they are nobody's to see.
import type { HttpRequest } from './transport.ts';

/** Shorter passwords stand in ordinary words, which would never be shown. */
const minSecretLength = 4;

/** Whether the text holds the token or password of the request, as it was sent or as it is. */
export function repeatsCredential(text: string, request: Pick<HttpRequest, 'headers' | 'body'>): boolean {
  return secretsOf(request).some((secret) => secret.length >= minSecretLength && text.includes(secret));
}

function secretsOf({ headers, body }: Pick<HttpRequest, 'headers' | 'body'>): readonly string[] {
  const [scheme = '', sent = ''] = (headers['Authorization'] ?? '').split(' ');
  const login = scheme === 'Basic' ? Buffer.from(sent, 'base64').toString('utf8') : '';
  const refreshToken = body === undefined ? null : new URLSearchParams(body).get('refresh_token');
  return [sent, login.slice(login.indexOf(':') + 1), refreshToken ?? ''];
}
