// Writes the digests of keys that packages ship for everyone to have: node scripts/collect-published-keys.ts 'name of the source=file or folder' …
import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveMembers } from '../src/secrets/archive-members.ts';
import { normalisedKey } from '../src/secrets/documented-examples.ts';
import { fileHeadBytes, fileHeadOf } from '../src/secrets/file-head.ts';
import { findSecrets } from '../src/secrets/find-secrets.ts';
import { KeyFileSearch } from '../src/secrets/key-file.ts';
import { publishedKeys } from '../src/secrets/published-keys.ts';

const keptDetectors =
  /private-key$|^age-secret-key$|^minisign|^json-web-token$|^aws-|^azure-shared-access-signature$|^google-api-key$|^password-hash$/;
const maxDepth = 2;
const digestsInLine = 8;
const maxMemberBytes = 64 * 1024 ** 2;
const keyFile = new KeyFileSearch();

function digestsIn(name: string, bytes: Buffer, depth: number): readonly string[] {
  const { archive } = fileHeadOf(name, bytes.subarray(0, fileHeadBytes));
  if (archive !== undefined && archive !== 'unsupported' && depth < maxDepth) {
    try {
      const members = archiveMembers(archive, { name, bytes }, () => maxMemberBytes);
      return [...members].flatMap((member) =>
        typeof member === 'string' ? [] : digestsIn(member.name, Buffer.from(member.bytes), depth + 1),
      );
    } catch {
      return [];
    }
  }
  keyFile.begin();
  keyFile.write(bytes, 0);
  const whole = keyFile.end().map(() => digest(bytes));
  const text = bytes.toString('latin1');
  const inText = findSecrets(text, 'file')
    .filter(({ detector }) => keptDetectors.test(detector))
    .map(({ start, end }) => digest(normalisedKey(text.slice(start, end))));
  return [...whole, ...inText];
}

function digest(value: string | Buffer): string {
  return createHash('sha256').update(value).digest('hex');
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  if ((await stat(folder)).isFile()) {
    yield folder;
    return;
  }
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** Sources that are not read this time keep what they have. */
const collected = new Map<string, Set<string>>(
  Object.entries(publishedKeys).map(([source, digests]) => [source, new Set(digests.flatMap((row) => row.split(' ')))]),
);
for (const argument of process.argv.slice(2)) {
  const [source = '', folder = ''] = argument.split('=');
  const digests = collected.get(source) ?? new Set();
  for await (const path of filesBelow(folder)) {
    for (const found of digestsIn(path, await readFile(path), 0)) digests.add(found);
  }
  if (digests.size > 0) collected.set(source, digests);
}

const seen = new Set<string>();
const lines = [...collected]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .flatMap(([source, digests]) => {
    const own = [...digests].filter((value) => !seen.has(value)).sort();
    for (const value of own) seen.add(value);
    const rows = Array.from({ length: Math.ceil(own.length / digestsInLine) }, (_, row) =>
      own.slice(row * digestsInLine, (row + 1) * digestsInLine).join(' '),
    );
    return own.length === 0 ? [] : [`  '${source}': [`, ...rows.map((row) => `    '${row}',`), '  ],'];
  });
const text = [
  '// Written by scripts/collect-published-keys.ts: SHA-256 of keys that packages ship as tests and examples, by package. Everyone has them.',
  '',
  '/** Of a key in text without its white space and line ends; of a key file as it is. Several in a text, with spaces between. */',
  'export const publishedKeys: Readonly<Record<string, readonly string[]>> = {',
  ...lines,
  '};',
  '',
].join('\n');
await writeFile(new URL('../src/secrets/published-keys.ts', import.meta.url), text);
