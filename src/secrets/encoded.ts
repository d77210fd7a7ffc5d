// What lies inside encoded text: base64 and the JSON that tokens carry, for proofs by structure.

/** Longer text is not decoded: no token is longer, and proofs stay cheap. */
const maxEncodedLength = 65_536;

/** The decoded text (either base64 alphabet), or undefined where it is not text. */
export function decodeBase64(encoded: string): string | undefined {
  if (encoded.length > maxEncodedLength) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return /[\u0000-\u0008\u000e-\u001f\u007f\ufffd]/.test(text) ? undefined : text;
}

/** The names in a JSON object that is base64 inside a token, or undefined where there is none. */
export function decodeJsonNames(encoded: string): ReadonlySet<string> | undefined {
  const text = decodeBase64(encoded);
  if (text === undefined || !text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? new Set(Object.keys(value)) : undefined;
  } catch {
    return undefined;
  }
}

/** The `user:password` that base64 carries for HTTP Basic, npm and docker, or undefined where it carries something else. */
export function decodeLogin(encoded: string): { readonly user: string; readonly password: string } | undefined {
  const text = decodeBase64(encoded)?.trimEnd();
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 1 || /[\r\n]/.test(text)) return undefined;
  const password = text.slice(colon + 1);
  return password === '' ? undefined : { user: text.slice(0, colon), password };
}
