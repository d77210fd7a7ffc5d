// OCI layouts as image sources: as directories, and inside tar archives that GNU tar made.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { Fault } from '../../src/base/fault.ts';
import { defaultArchiveLimits } from '../../src/files/archive-limits.ts';
import { openArchiveTree } from '../../src/files/archive-tree.ts';
import { createDirectoryTree } from '../../src/files/file-tree.ts';
import { createLayoutSource, imagesOfLayout } from '../../src/files/oci-layout.ts';
import { defaultDocumentLimits } from '../../src/oci/limits.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { anonymous, imageSourceSuite } from '../inspection/image-source-suite.ts';
import { image } from '../support/image.ts';
import { writeOciLayout } from '../support/oci-layout.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const name = 'registry.example.com/app';

imageSourceSuite('OCI layout directories', async (content) => {
  const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-layout-'));
  await writeOciLayout(directory, content);
  const source = createLayoutSource(createDirectoryTree(directory), defaultDocumentLimits);
  return { source, name, close: () => rm(directory, { recursive: true }) };
});

for (const [kind, flags] of [
  ['plain', []],
  ['gzip', ['--gzip']],
  ['zstd', ['--zstd']],
] as const) {
  imageSourceSuite(`OCI archives, ${kind}`, async (content) => {
    const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-archive-'));
    const layout = join(directory, 'layout');
    await mkdir(layout);
    await writeOciLayout(layout, content);
    const archive = join(directory, 'image.tar');
    await run('tar', [...flags, '-cf', archive, '-C', layout, '.']);
    const tree = await openArchiveTree(archive, defaultArchiveLimits, new AbortController().signal);
    const close = async (): Promise<void> => {
      await tree.close();
      await rm(directory, { recursive: true });
    };
    return { source: createLayoutSource(tree, defaultDocumentLimits), name, close };
  });
}

suite('OCI layouts', () => {
  const app = image().config({ User: '7' }).build();
  const other = image().config({ User: '8' }).build();
  const signal = new AbortController().signal;
  const list = (directory: string) => imagesOfLayout(createDirectoryTree(directory), defaultDocumentLimits, signal);
  const faultOf = (code: string) => (thrown: unknown) => thrown instanceof Fault && thrown.code === code;

  test('lists images with every name that writers use', async (t) => {
    const directory = await temporaryDirectory(t);
    const keys = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];
    await writeOciLayout(
      directory,
      { tags: new Map([['registry.example.com/app:1', app]]) },
      { nameAnnotations: keys },
    );
    const [found] = await list(directory);
    assert.deepEqual(found?.names, ['registry.example.com/app:1', 'registry.example.com/app:1']);
  });

  test('finds a tag by the end of a whole name', async (t) => {
    const directory = await temporaryDirectory(t);
    await writeOciLayout(directory, {
      tags: new Map([
        ['registry.example.com:5000/app:1', app],
        ['registry.example.com:5000/app:2', other],
      ]),
    });
    const source = createLayoutSource(createDirectoryTree(directory), defaultDocumentLimits);
    const resolved = await source.resolve(parseReference(`${name}:2`), anonymous(), async () => false);
    assert.equal(resolved.digest, other.digest);
  });

  test('does not take attestations for images', async (t) => {
    const directory = await temporaryDirectory(t);
    await writeOciLayout(directory, { tags: new Map([['1', app]]) });
    const path = join(directory, 'index.json');
    const written = JSON.parse(await readFile(path, 'utf8'));
    const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
    written.manifests.push({ ...other.descriptor, annotations });
    await writeFile(path, JSON.stringify(written));
    assert.deepEqual(
      (await list(directory)).map(({ descriptor }) => descriptor.digest),
      [app.digest],
    );
  });

  test('reads through links, because build tools make layouts of links', async (t) => {
    const directory = await temporaryDirectory(t);
    await mkdir(join(directory, 'real'));
    await mkdir(join(directory, 'linked'));
    await writeOciLayout(join(directory, 'real'), { tags: new Map([['1', app]]) });
    for (const one of ['oci-layout', 'index.json', 'blobs']) {
      await symlink(join('..', 'real', one), join(directory, 'linked', one));
    }
    assert.equal((await list(join(directory, 'linked'))).length, 1);
  });

  test('refuses a pipe in place of a file, without waiting for it', async (t) => {
    const directory = await temporaryDirectory(t);
    await run('mkfifo', [join(directory, 'oci-layout')]);
    await assert.rejects(list(directory), faultOf('usage'));
  });

  for (const [what, files, code] of [
    ['an empty directory', {}, 'usage'],
    ['a directory without index.json', { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}' }, 'usage'],
    ['another version', { 'oci-layout': '{"imageLayoutVersion":"2.0.0"}' }, 'image/unsupported'],
    [
      'a version that is told twice',
      { 'oci-layout': '{"imageLayoutVersion":"2","ImageLayoutVersion":"1.0.0"}' },
      'integrity/ambiguous',
    ],
    [
      'an index that is no JSON',
      { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}', 'index.json': 'root:x:0:0' },
      'integrity/ambiguous',
    ],
    ['an oci-layout file that goes on and on', { 'oci-layout': ' '.repeat(4097) }, 'limit'],
  ] as const) {
    test(`refuses ${what}`, async (t) => {
      const directory = await temporaryDirectory(t);
      for (const [path, text] of Object.entries(files)) await writeFile(join(directory, path), text);
      await assert.rejects(list(directory), faultOf(code));
    });
  }

  test('refuses a directory that is not there, and names it', async () => {
    await assert.rejects(list('/nowhere/at-all'), /\/nowhere\/at-all/);
  });
});
