// Tells values that stand for a secret from secrets: blanks to be filled in, references, masks, and what redaction leaves behind.

/** A value that is filled in elsewhere: by a shell, a template, a secret manager. */
const references: readonly RegExp[] = [
  /\$\{|\$\(|`|\{\{|<%|#\{|%\(\w{1,60}\)s|%[sdv]$/,
  /^\$[A-Za-z_]\w{0,80}$|^\$[A-Z_]{2}/,
  /^%\w{1,60}%$|^@\w{1,60}@$|^__\w{1,60}__$/,
  /^(?:arn:aws:|op:\/\/|vault:|ref\+|awssm:|ssm:|gcpsm:|sm:\/\/|secretref:|azurekeyvault|projects\/[^/]{1,80}\/secrets\/|file:|env:|env\.|process\.env|os\.environ|secrets\.|secretKeyRef|vars\.|keyring:|data\.|var\.|local\.|module\.|@Microsoft\.KeyVault)/i,
  // Encrypted in place: sops, jasypt, Ansible Vault, Sealed Secrets, Puppet eyaml.
  /^(?:ENC[[(]|\$ANSIBLE_VAULT|AgA[A-Za-z0-9+/]|AgB[A-Za-z0-9+/]{60}|\{cipher\})/,
];

/** Whole values, letters and digits only, in lower case. */
const blanks: ReadonlySet<string> = new Set(
  (
    'changeme changeit changethis changemeplease pleasechange pleasechangeme change tochange tobechanged replaceme replacethis ' +
    'fixme todo tbd none null nil undefined unset empty dummy fake sample example placeholder redacted removed hidden masked ' +
    'notset notused notneeded notrequired unused insertme fillme fillmein true false yes no on off enabled disabled required optional ' +
    'string text value default prompt ask auto generate generated random'
  ).split(' '),
);

const blankForms: readonly RegExp[] = [
  // <token>, [token], {token}: one pair of brackets round words.
  /^<[^<>]{0,200}>$|^\[[\w .-]{0,200}\]$|^\{[\w .-]{0,200}\}$/,
  /^your[-_ ]?[a-z]/i,
  /^(?:insert|enter|replace|put|paste|add|set|fill)[-_ ](?:in[-_ ])?(?:me|my|your|the|a|an|own|with|real|actual|secret|pass|token|api|key|this|value)/i,
  /[-_ ](?:goes[-_ ])?here$|change[-_ ]?(?:me|this|it)/i,
  // Masks: asterisks, dots, crosses.
  /^[*.•xX#?_-]{2,}$|x{6}|X{6}|\*{3}|•{3}/,
];

/** What `redact` writes, or as much of it as stands before a blank. */
const redaction = /‹[a-z0-9-]{1,60}(?:$|(?: [^›\s]{1,40}…)?›)/;

/** Whether the value is none itself: a blank, a reference to one kept elsewhere, a mask, a redaction. */
export function isPlaceholder(value: string): boolean {
  const trimmed = value.trim();
  return (
    blanks.has(trimmed.toLowerCase().replace(/[^a-z0-9]/g, '')) ||
    isRepeated(trimmed) ||
    blankForms.some((form) => form.test(trimmed)) ||
    references.some((form) => form.test(trimmed)) ||
    redaction.test(trimmed)
  );
}

/** Whether a token's characters say that it is none: one over and over, eight zeros, or the word "example". */
export function isMockToken(token: string): boolean {
  return isRepeated(token) || /x{6}|X{6}|example|EXAMPLE|0{8}|your[-_]/.test(token);
}

function isRepeated(text: string): boolean {
  const first = text.charAt(0).toLowerCase();
  for (let index = 1; index < text.length; index++) {
    if (text.charAt(index).toLowerCase() !== first) return false;
  }
  return text.length > 1;
}

/** At least nine of ten steps go to the next character, or from the end of an alphabet to the start of one: `abc…xyz012`, `1234567890`. */
export function isSequential(text: string): boolean {
  if (text.length < 6) return false;
  let steps = 0;
  for (let index = 1; index < text.length; index++) {
    const pair = text.slice(index - 1, index + 1);
    if (pair.charCodeAt(1) - pair.charCodeAt(0) === 1 || /^[9zZfFjJ][0aA1]$/.test(pair)) steps++;
  }
  return steps >= (text.length - 1) * 0.9;
}
