// What the value of a variable looks like: drawn at random, written by hand, a path, an address, a number.

/** A path of a file, as `*_FILE` and `PWD` hold; a random value that begins with a slash is none. */
export function isPath(value: string): boolean {
  return (
    /^(?:~|\.{0,2})\/[\w.@ -]*(?:\/[\w.@ -]{1,60})*\/?$|^[A-Za-z]:\\/.test(value) &&
    !value.split('/').some((segment) => isDrawn(segment) && segment.length >= 24)
  );
}

/** `scheme://…` without spaces. */
export function isAddress(value: string): boolean {
  return /^[a-z][a-z0-9+.-]{1,20}:\/\/\S*$/i.test(value);
}

/** `3.1.4-r1`, `v2`, `2026-01-31`, `1.2.3-alpine3.19`: versions and dates. */
export function isVersion(value: string): boolean {
  return /^v\d{1,4}$|^[v=<>~^]{0,2}\d{1,4}(?:[.-]\d{1,6}){1,4}(?:[-+_.]?[a-z]{1,8}\d{0,4}(?:\.\d{1,4}){0,3}){0,2}$/i.test(
    value,
  );
}

/** Words of small letters, each perhaps with a short number: `my-app-secret`, `regcred`, `prod-2`: the name of something. */
export function isWords(value: string): boolean {
  return (
    /^[a-z]{1,30}\d{0,2}(?:[-_.:/ ][a-z]{0,30}\d{0,4}){0,8}$/.test(value) ||
    /^[A-Z]?[a-z]{1,20}(?:[ -]?[A-Z]?[a-z]{1,20}){0,6}$/.test(value)
  );
}

/** A key id or fingerprint of OpenPGP, as people write them: capitals. */
export function isFingerprint(value: string): boolean {
  return /^(?:0x)?(?:[0-9A-F]{16}|[0-9A-F]{40})$/.test(value);
}

/** A fingerprint or a digest: hexadecimal, of the length of an OpenPGP key id, an MD5, SHA-1 or SHA-256 sum. */
export function isHexDigest(value: string): boolean {
  return /^(?:0x)?(?:[0-9A-Fa-f]{16}|[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$/.test(value);
}

/** Letters and digits mixed as chance mixes them. */
export function isDrawn(value: string): boolean {
  return /^[\x21-\x7e]{8,}$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) >= 2.5;
}

/** Shannon entropy in bits for each character. */
export function entropy(text: string): number {
  const counts = new Uint32Array(256);
  for (let index = 0; index < text.length; index++) {
    const bucket = text.charCodeAt(index) & 0xff;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  let bits = 0;
  for (const count of counts) {
    if (count > 0) bits -= (count / text.length) * Math.log2(count / text.length);
  }
  return bits;
}
