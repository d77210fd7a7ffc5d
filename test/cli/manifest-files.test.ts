// Manifests from files, directories and standard input: what is read, and that nothing at all is never taken for a clean result.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { type Manifests, manifestsFromTexts } from '../../src/cli/manifest-files.ts';
import { readManifestStream, readManifests } from '../../src/files/manifest-texts.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const manifestsFromPath = async (path: string): Promise<Manifests> => manifestsFromTexts(await readManifests(path));
const manifestsFromStream = async (stream: Readable, signal: AbortSignal): Promise<Manifests> =>
  manifestsFromTexts(await readManifestStream(stream, signal));
const patient = new AbortController().signal;
const fromText = (text: string) => manifestsFromStream(Readable.from([Buffer.from(text)]), patient);
const isUsage = (says: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof Fault, String(thrown));
  assert.equal(thrown.code, 'usage');
  assert.match(thrown.message, says);
  return true;
};

const nothing: readonly (readonly [claim: string, text: string])[] = [
  ['no byte', ''],
  ['blanks alone', ' \n\n'],
  ['comments alone', '# Source: chart/templates/deploy.yaml\n'],
  ['empty documents alone', '---\n# Source: a.yaml\n---\nnull\n---\n'],
  ['the values of a chart', 'replicaCount: 1\nimage:\n  tag: v1\n'],
  ['an object without a kind', 'apiVersion: v1\n'],
];
for (const [claim, text] of nothing) {
  test(`${claim} is not taken for something that was judged`, async (t) => {
    const file = join(await temporaryDirectory(t), 'a.yaml');
    await writeFile(file, text);
    const says = /holds no Kubernetes object \(with apiVersion and kind\), so nothing was judged$/;
    await assert.rejects(fromText(text), isUsage(says));
    await assert.rejects(manifestsFromPath(file), isUsage(says));
  });
}

test('objects that use no image are no mistake, nor are empty documents beside them', async () => {
  const { objects, workloads } = await fromText('---\n---\napiVersion: v1\nkind: ConfigMap\n---\na: 1\n');
  assert.deepEqual([objects, workloads.length], [1, 0]);
  assert.equal((await fromText('{"apiVersion":"v1","kind":"List","items":[]}')).objects, 1);
});

test('what a merge key names is in the container, as kubectl reads it', async () => {
  const image = 'registry.example.com/app:1';
  const text = `apiVersion: v1
kind: Pod
spec:
  containers:
    - &one { name: one, image: ${image}, securityContext: { runAsUser: 0 } }
    - <<: *one
      name: two
    - <<: [{ image: other }, *one]
      name: three
`;
  const { workloads } = await fromText(text);
  const uses = workloads.flatMap(({ workload }) => workload.uses);
  assert.deepEqual(
    uses.map((use) => [use.name, use.image, use.runAs.user]),
    [
      ['one', image, 0],
      ['two', image, 0],
      ['three', 'other', 0],
    ],
  );
  assert.deepEqual(
    uses.map((use) => workloads[0]?.lineOf(use)),
    [5, 6, 8],
  );
});

test('a directory whose files hold no object says how many it looked at', async (t) => {
  const directory = await temporaryDirectory(t);
  await assert.rejects(manifestsFromPath(directory), isUsage(/there is no \.yaml, \.yml or \.json file/));
  await writeFile(join(directory, 'a.yaml'), '# empty\n');
  await writeFile(join(directory, 'b.yml'), '');
  await assert.rejects(manifestsFromPath(directory), isUsage(/with 2 files named \*\.yaml.* so nothing was judged$/));
  await writeFile(join(directory, 'c.json'), '{"apiVersion":"v1","kind":"Service"}');
  assert.equal((await manifestsFromPath(directory)).objects, 1);
});

test('what is no regular file is said to be what it is, and never read', async (t) => {
  const directory = await temporaryDirectory(t);
  execFileSync('mkfifo', [join(directory, 'fifo.yaml')]);
  await mkdir(join(directory, 'below'));
  await symlink('/dev/zero', join(directory, 'below', 'zero.yaml'));
  await assert.rejects(manifestsFromPath(join(directory, 'fifo.yaml')), isUsage(/fifo\.yaml: it is a pipe, /));
  await assert.rejects(
    manifestsFromPath(join(directory, 'below', 'zero.yaml')),
    isUsage(/zero\.yaml: it is a device, /),
  );
  await assert.rejects(manifestsFromPath(join(directory, 'below')), isUsage(/zero\.yaml: it is a device, /));
});

test('standard input that does not end is read no further than a file could be long', async () => {
  let given = 0;
  const endless = new Readable({
    read() {
      given += 65_536;
      this.push(Buffer.alloc(65_536, ' '));
    },
  });
  await assert.rejects(manifestsFromStream(endless, patient), isUsage(/standard input is larger than 16 MiB/));
  assert.ok(given < 17 * 1024 * 1024, String(given));
  assert.ok(endless.destroyed);
});

test('waiting for standard input ends when the run is interrupted', async () => {
  const controller = new AbortController();
  const reading = manifestsFromStream(new PassThrough(), controller.signal);
  controller.abort();
  await assert.rejects(reading, (thrown) => thrown instanceof Fault && thrown.code === 'cancelled');
});
