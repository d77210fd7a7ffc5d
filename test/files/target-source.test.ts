// What `oci:`, `oci-archive:` and `docker-archive:` open, and what the opened image is called.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { Fault } from '../../src/base/fault.ts';
import { openTarget, type TargetKind } from '../../src/files/target-source.ts';
import { image } from '../support/image.ts';
import { writeOciLayout } from '../support/oci-layout.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { defaultTargetLimits } from './default-target-limits.ts';

const run = promisify(execFile);
const signal = new AbortController().signal;
const a = image().config({ User: '1' }).build();
const b = image().config({ User: '2' }).build();

async function open(t: Parameters<typeof temporaryDirectory>[0], kind: TargetKind, written: string) {
  const target = await openTarget(kind, written, defaultTargetLimits, signal);
  t.after(() => target.close());
  return target;
}

async function layout(
  t: Parameters<typeof temporaryDirectory>[0],
  tags: Readonly<Record<string, typeof a>>,
  name = 'app',
) {
  const directory = join(await temporaryDirectory(t), name);
  await mkdir(directory);
  await writeOciLayout(directory, { tags: new Map(Object.entries(tags)) });
  return directory;
}

suite('oci:DIR', () => {
  test('without a name means the only image', async (t) => {
    const { reference } = await open(t, 'layout', await layout(t, { '1.4': a }));
    assert.deepEqual(reference, { host: 'localhost', repository: 'app', tag: '1.4', digest: a.digest });
  });

  test('means the only image also where it has two names', async (t) => {
    const { reference } = await open(t, 'layout', await layout(t, { '1.4': a, latest: a }));
    assert.equal(reference.digest, a.digest);
  });

  test('lists the names where there are several images', async (t) => {
    await assert.rejects(open(t, 'layout', await layout(t, { one: a, two: b })), (thrown) => {
      return thrown instanceof Fault && thrown.code === 'usage' && /one.*, two/.test(thrown.message);
    });
  });

  test('takes a tag after a colon', async (t) => {
    assert.equal((await open(t, 'layout', `${await layout(t, { one: a, two: b })}:two`)).reference.digest, b.digest);
  });

  test('takes a digest after an @', async (t) => {
    const directory = await layout(t, { one: a, two: b });
    assert.equal((await open(t, 'layout', `${directory}@${b.digest}`)).reference.digest, b.digest);
  });

  test('takes a colon in the path, and a tag behind it', async (t) => {
    const directory = await layout(t, { one: a, two: b }, 'my:app');
    assert.equal((await open(t, 'layout', `${directory}:two`)).reference.digest, b.digest);
  });

  test('is called what the layout calls it, when that is a whole name', async (t) => {
    const { reference, namedBy } = await open(t, 'layout', await layout(t, { 'registry.example.com/shop/api:1': a }));
    assert.deepEqual(
      [reference.host, reference.repository, reference.tag, namedBy],
      ['registry.example.com', 'shop/api', '1', 'image'],
    );
  });

  for (const [name, repository] of [
    ['My App', 'my-app'],
    ['...', 'image'],
    ['späße', 'sp-e'],
    ['a'.repeat(200), 'a'.repeat(128)],
  ] as const) {
    test(`makes a repository name of the directory ${name.slice(0, 20)}`, async (t) => {
      const { reference, namedBy } = await open(t, 'layout', await layout(t, { '1': a }, name));
      assert.deepEqual([reference.repository, namedBy], [repository, 'path']);
    });
  }

  for (const [claim, written, code] of [
    ['a directory that is not there', '/nowhere/layout', 'usage'],
    ['an empty tag', '/tmp:', 'usage'],
    ['a malformed digest', '/tmp@sha256:12', 'reference/invalid'],
    ['a file', '/etc/hostname', 'usage'],
  ] as const) {
    test(`refuses ${claim}`, async (t) => {
      await assert.rejects(open(t, 'layout', written), (thrown) => thrown instanceof Fault && thrown.code === code);
    });
  }

  test('refuses a tag that no image has', async (t) => {
    await assert.rejects(open(t, 'layout', `${await layout(t, { one: a })}:two`), (thrown) => {
      return thrown instanceof Fault && thrown.code === 'registry/not-found';
    });
  });
});

suite('oci-archive:FILE', () => {
  test('is the layout inside, with or without compression', async (t) => {
    const directory = await layout(t, { one: a, two: b });
    for (const flags of [[], ['-z']]) {
      const archive = join(directory, '..', `My-App${flags.join('')}.tar`);
      await run('tar', [...flags, '-cf', archive, '-C', directory, '.']);
      const { reference } = await open(t, 'oci-archive', `${archive}:two`);
      assert.equal(reference.digest, b.digest);
      assert.match(reference.repository, /^my-app/);
    }
  });

  test('refuses a directory', async (t) => {
    await assert.rejects(open(t, 'oci-archive', await layout(t, { one: a })), /it is a directory/);
  });
});

test('docker-archive:FILE refuses a digest, because its images have none', async (t) => {
  const archive = join(await temporaryDirectory(t), 'a.tar');
  await run('tar', ['-cf', archive, '--files-from', '/dev/null']);
  await assert.rejects(open(t, 'docker-archive', `${archive}@${a.digest}`), /write :NAME/);
});
