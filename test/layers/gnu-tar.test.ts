// The tar reader against GNU tar: archives that it writes of real files, in all its formats, listed by both.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { TarEntryType } from '../../src/layers/tar-entry.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { bytesOf, type ReadEntry, readTar } from './read-tar.ts';

type Made =
  | { readonly kind: 'file'; readonly path: string; readonly content: Uint8Array; readonly mode: number }
  | { readonly kind: 'sparse'; readonly path: string; readonly parts: readonly number[]; readonly size: number }
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'hardlink'; readonly path: string };

const name = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9_.é日ß+=@,~-]{1,12}$/).filter((one) => one !== '.' && one !== '..'),
  fc.stringMatching(/^[a-z]{90,120}$/),
);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const target = fc.oneof(path, fc.stringMatching(/^\.\.\/[a-z]{1,140}$/));
const made: fc.Arbitrary<Made> = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    path,
    content: fc.uint8Array({ maxLength: 3000 }),
    mode: fc.constantFrom(0o644, 0o755, 0o4755, 0o2711, 0o600),
  }),
  fc.record({ kind: fc.constant('directory' as const), path, mode: fc.constantFrom(0o755, 0o1777, 0o2755) }),
  fc.record({ kind: fc.constant('symlink' as const), path, target }),
  fc.record({ kind: fc.constant('hardlink' as const), path }),
  fc.record({
    kind: fc.constant('sparse' as const),
    path,
    parts: fc.array(fc.nat(60), { maxLength: 40 }),
    size: fc.nat(700_000),
  }),
);

const partBytes = 4096;
const partStep = 8192;

/** Makes what can be made; what is in the way of something else stays. Says what the files have in them. */
async function make(root: string, all: readonly Made[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const contents = new Map<string, Uint8Array>();
  let last: string | undefined;
  for (const one of all) {
    const place = join(root, one.path);
    try {
      await mkdir(dirname(place), { recursive: true });
      if (one.kind === 'file') await writeFile(place, one.content, { flag: 'wx' });
      else if (one.kind === 'directory') await mkdir(place);
      else if (one.kind === 'symlink') await symlink(one.target, place);
      else if (one.kind === 'sparse') contents.set(one.path, await makeSparse(place, one.parts, one.size));
      else if (last !== undefined) await link(last, place);
      if (one.kind === 'file' || one.kind === 'directory') await chmod(place, one.mode);
      if (one.kind === 'file') {
        last = place;
        contents.set(one.path, one.content);
      }
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
      // Behind a link that leads nowhere is no place either.
      if (code !== 'EEXIST' && code !== 'ENOTDIR' && code !== 'ENOENT') throw thrown;
    }
  }
  return contents;
}

/** A file with holes between its parts; says what a reader of it sees. */
async function makeSparse(place: string, parts: readonly number[], atLeast: number): Promise<Uint8Array> {
  const handle = await open(place, 'wx');
  const content = Buffer.alloc(Math.max(atLeast, ...parts.map((part) => part * partStep + partBytes)));
  try {
    for (const part of parts) {
      content.fill(part + 1, part * partStep, part * partStep + partBytes);
      await handle.write(content, part * partStep, partBytes, part * partStep);
    }
    await handle.truncate(content.length);
    return content;
  } finally {
    await handle.close();
  }
}

const letters: Readonly<Record<string, TarEntryType>> = { '-': 'file', d: 'directory', l: 'symlink', h: 'hardlink' };
const line = /^(.)(.{9}) (\d+)\/(\d+) +(\d+) \S+ \S+ (.*)$/;

/** An entry as a line of `tar -tv`, without the times; names as bytes, since narrow formats cut them anywhere. */
function listed(entry: ReadEntry): string {
  const separator = entry.type === 'symlink' ? ' -> ' : ' link to ';
  const link = entry.target === '' ? '' : `${separator}${entry.target}`;
  return [
    entry.type,
    entry.mode,
    `${entry.uid}/${entry.gid}`,
    entry.size,
    bytesOf(`${entry.path}${link}`).toString('latin1'),
  ].join(' ');
}

function listedByTar(archive: string): readonly string[] {
  const options = ['--quoting-style=literal', '--numeric-owner', '--utc', '-tvf', archive];
  const text = execFileSync('tar', options, { env: { ...process.env, LC_ALL: 'C.UTF-8' } }).toString('latin1');
  return text
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => {
      const match = line.exec(one);
      assert.ok(match !== null, one);
      const [, letter = '', permissions = '', uid, gid, size, rest = ''] = match;
      return [letters[letter], modeOf(permissions), `${uid}/${gid}`, size, rest].join(' ');
    });
}

/** `rwsr-xr-t` as a number. */
function modeOf(permissions: string): number {
  return Array.from(permissions).reduce((mode, letter, index) => {
    const bit = 0o400 >> index;
    const special = [2, 5, 8].includes(index) && /[sStT]/.test(letter) ? 0o4000 >> ((index - 2) / 3) : 0;
    return mode | special | (/[-ST]/.test(letter) ? 0 : bit);
  }, 0);
}

/** Formats that can hold every name and size made here, and how GNU tar is asked for them. */
const formats: readonly (readonly string[])[] = [
  ['--format=gnu'],
  ['--format=oldgnu', '--sparse'],
  ['--format=gnu', '--sparse', '--hole-detection=seek'],
  ['--format=posix'],
  ['--format=posix', '--sparse', '--sparse-version=0.0'],
  ['--format=posix', '--sparse', '--sparse-version=0.1'],
  ['--format=posix', '--sparse', '--sparse-version=1.0'],
];
/** These leave out what they cannot hold, and say so by their exit code. */
const narrowFormats: readonly (readonly string[])[] = [['--format=v7'], ['--format=ustar']];

suite('as GNU tar lists', { skip: skipWithout('tar') }, () => {
  test('archives of real files in every format', async () => {
    const root = await mkdtemp(join(tmpdir(), 'tidewaiter-tar-'));
    const format = fc.constantFrom(...formats, ...narrowFormats);
    const file = join(root, 'archive.tar');
    const tree = join(root, 'tree');
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(made, { maxLength: 12 }), format, fc.nat(9000), async (all, options, cut) => {
          // A run that failed leaves it behind, and would hide why from those that shrink its example.
          await rm(tree, { recursive: true, force: true });
          await mkdir(tree);
          const contents = await make(tree, all);
          write(options, file, tree);
          const { entries } = readTar(await readFile(file), { cuts: [cut + 1] });
          assert.deepEqual(entries.map(listed), listedByTar(file));
          for (const { type, path: at, content } of entries) {
            const expected = contents.get(at.slice('./'.length));
            if (type === 'file' && expected !== undefined) assert.ok(content.equals(expected), at);
          }
        }),
        { numRuns: 300 },
      );
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

function write(options: readonly string[], file: string, tree: string): void {
  try {
    execFileSync('tar', [...options, '-cf', file, '-C', tree, '.'], { stdio: 'pipe' });
  } catch (thrown) {
    if (!narrowFormats.includes(options)) throw thrown;
  }
}
