// Which files below a directory are taken for manifests: what links, loops and the kubelet's layout make of it.
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { findManifestFiles } from '../../src/files/find-manifest-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Layout {
  readonly directories?: readonly string[];
  readonly files?: readonly string[];
  readonly links?: Readonly<Record<string, string>>;
}

async function found(t: TestContext, { directories = [], files = [], links = {} }: Layout): Promise<readonly string[]> {
  const root = await temporaryDirectory(t);
  for (const path of directories) await mkdir(join(root, path), { recursive: true });
  for (const path of files) await writeFile(join(root, path), '');
  for (const [path, target] of Object.entries(links)) await symlink(target, join(root, path));
  return (await findManifestFiles(root)).map((path) => relative(root, path));
}

const rows: readonly (readonly [claim: string, layout: Layout, expected: readonly string[]])[] = [
  [
    'YAML and JSON files are found at every depth, in the order of their paths',
    { directories: ['b/c'], files: ['z.yaml', 'b/c/y.yml', 'b/x.json', 'b/notes.txt', 'b/yaml'] },
    ['b/c/y.yml', 'b/x.json', 'z.yaml'],
  ],
  ['a link to the directory it lies in ends the search', { files: ['a.yaml'], links: { loop: '.' } }, ['a.yaml']],
  [
    'links that lead to one another in circles end the search',
    { directories: ['a', 'b'], files: ['a/a.yaml', 'b/b.yaml'], links: { 'a/b': '../b', 'b/a': '../a' } },
    ['a/a.yaml', 'a/b/b.yaml'],
  ],
  [
    'a linked directory is looked into, and a file that has two names is found once',
    { directories: ['.real'], files: ['.real/a.yaml'], links: { 'also.yaml': '.real/a.yaml', shown: '.real' } },
    ['.real/a.yaml'],
  ],
  [
    'a ConfigMap as the kubelet mounts it has each file once, under its own name',
    {
      directories: ['..2026_11_23'],
      files: ['..2026_11_23/a.yaml'],
      links: { '..data': '..2026_11_23', 'a.yaml': '..data/a.yaml' },
    },
    ['a.yaml'],
  ],
  ['a device is found by its name, so that reading says what it is', { links: { 'z.yaml': '/dev/zero' } }, ['z.yaml']],
  ['a link to nowhere that is not named like a manifest is nothing', { links: { gone: 'nowhere' } }, []],
];
for (const [claim, layout, expected] of rows) {
  test(claim, async (t) => assert.deepEqual(await found(t, layout), expected));
}

test('a link to nowhere, or to itself, that is named like a manifest is named by the fault', async (t) => {
  const isNamed = (why: RegExp) => (thrown: unknown) =>
    thrown instanceof Fault && thrown.code === 'usage' && why.test(thrown.message) && thrown.message.length < 200;
  await assert.rejects(found(t, { links: { 'gone.yaml': 'nowhere' } }), isNamed(/gone\.yaml: there is no such file/));
  await assert.rejects(
    found(t, { links: { 'self.yaml': 'self.yaml' } }),
    isNamed(/self\.yaml: too many symbolic links/),
  );
});
