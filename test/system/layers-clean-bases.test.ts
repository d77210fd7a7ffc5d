// Real file systems in which nobody left a credential: whatever is found in them is a false alarm.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inspectLayer } from '../../src/inspection/inspect-layer.ts';
import type { LayerRecord } from '../../src/inspection/layer-record.ts';
import { entriesOf } from '../../src/layers/entry-list.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { parseDigest } from '../../src/oci/digest.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { debianArchive } from '../support/kept-archives.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);

/** Reads in pieces as large as those of a pipe from a registry are small. */
const pieces = { highWaterMark: 1024 ** 2 };

async function inspected(archive: string): Promise<LayerRecord> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(archive, pieces)) hash.update(chunk);
  const digest = parseDigest(`sha256:${hash.digest('hex')}`);
  return inspectLayer(createReadStream(archive, pieces), {
    descriptor: {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest,
      size: (await stat(archive)).size,
      urls: [],
    },
    diffId: digest,
    limits: defaultLayerLimits,
    signal: new AbortController().signal,
    readAt: '2026-11-23T10:00:00Z',
  });
}

/** `detector /path` of each. */
function toldSecrets({ layer, secrets }: LayerRecord): readonly string[] {
  const paths = new Map([...entriesOf(layer.entries)].map(({ index, path }) => [index, path]));
  return secrets.map(({ detector, entry }) => `${detector} /${paths.get(entry) ?? ''}`);
}

async function archiveOf(t: Parameters<typeof temporaryDirectory>[0], root: string, flags: readonly string[] = []) {
  const archive = join(await temporaryDirectory(t), 'tree.tar');
  await run('tar', ['-cf', archive, ...flags, '-C', dirname(root), root.slice(dirname(root).length + 1)]);
  return archive;
}

describe('nothing is found in', () => {
  it('a Debian with Python, pip, Java, PHP, Ruby, OpenSSL, SSH, git, Perl, GnuPG and curl', {
    skip: skipWithout('mmdebstrap'),
  }, async () => {
    const tools = ['ca-certificates', 'curl', 'git', 'gnupg', 'openssh-client', 'openssl', 'perl'];
    const languages = [
      'openjdk-17-jre-headless',
      'libpostgresql-jdbc-java',
      'php-cli',
      'python3',
      'python3-pip',
      'ruby',
    ];
    const archive = await debianArchive('debian', { variant: 'apt', packages: [...tools, ...languages] });
    const record = await inspected(archive);
    assert.deepEqual(toldSecrets(record), []);
    const paths = [...entriesOf(record.layer.entries)].map(({ path }) => path);
    assert.ok(paths.includes('etc/ssl/certs/java/cacerts'));
    assert.ok(paths.some((path) => path.endsWith('.jar')));
    assert.ok(record.layer.summary.files > 5_000);
    // Manual pages and documentation are compressed each for itself, and all were opened.
    assert.ok(record.searched.nestedArchives > 1_000);
    assert.equal(record.searched.nestedUnread, 0);
  });

  it('Node.js, its npm, and the packages of a real project', { skip: skipWithout('npm') }, async (t) => {
    const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
    const { stdout } = await run('npm', ['root', '--global']);
    // Compilers for several platforms: large, and each much like the one of Node.js.
    const others = ['--dereference', '--exclude=node_modules/@typescript', '--exclude=node_modules/@biomejs'];
    for (const root of [modules, stdout.trim()]) {
      const archive = await archiveOf(t, root, others);
      const record = await inspected(archive);
      await rm(archive);
      assert.deepEqual(toldSecrets(record), []);
      assert.ok(record.layer.summary.files > 500);
    }
  });

  it('Go, with the sources of its library and their tests', { skip: skipWithout('go') }, async (t) => {
    const { stdout } = await run('go', ['env', 'GOROOT']);
    const record = await inspected(await archiveOf(t, stdout.trim()));
    assert.deepEqual(toldSecrets(record), []);
    assert.ok(record.layer.summary.files > 10_000);
  });
});
