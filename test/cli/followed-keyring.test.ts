// The service's own credentials while it runs: rotated ones are used, broken ones never are.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import { readDockerConfigs } from '../../src/cli/docker-config-files.ts';
import { followKeyring } from '../../src/cli/followed-keyring.ts';
import { readTextFile } from '../../src/files/file-fault.ts';
import { watchFiles } from '../../src/files/file-watch.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { createDockerKeyring } from '../../src/registry/docker-keyring.ts';
import { until } from '../e2e/support/until.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const reference = parseReference('registry.example.com/app:1');
const loginOf = (password: string): string => {
  const auth = Buffer.from(`service:${password}`).toString('base64');
  return JSON.stringify({ auths: { 'registry.example.com': { auth } } });
};

async function following(t: TestContext, text: string) {
  const file = join(await temporaryDirectory(t), 'config.json');
  await writeFile(file, text);
  const told: string[] = [];
  const keyring = await followKeyring({
    read: () => readDockerConfigs([file], { noColor: false }, readTextFile),
    keyringOf: (configs) =>
      createDockerKeyring({
        configs,
        grant: 'service',
        runHelper: () => assert.fail('no helper is asked'),
        log: { warn: () => undefined },
        now: () => 0,
      }),
    watch: watchFiles,
    everyMs: 10,
    log: {
      info: (_, message) => told.push(message),
      error: ({ err }) => told.push(String(err)),
    },
  });
  t.after(() => keyring.close());
  const passwords = async (): Promise<readonly string[]> => {
    const found = await keyring.lookup(reference, new AbortController().signal);
    assert.deepEqual(keyring.atHand?.(reference), found);
    return found.map(({ login }) => (login.kind === 'password' ? login.password : login.kind));
  };
  const toldOf = (count: number): Promise<void> =>
    until(async () => told.length >= count, { what: `${count} messages`, timeoutMs: 10_000, everyMs: 5 });
  return { file, told, toldOf, passwords };
}

test('a login that was rotated is used', async (t) => {
  const { file, told, toldOf, passwords } = await following(t, loginOf('old'));
  assert.deepEqual(await passwords(), ['old']);
  await writeFile(file, loginOf('new'));
  await toldOf(1);
  assert.deepEqual(await passwords(), ['new']);
  assert.deepEqual(told, ['the credentials of the service were read again']);
});

const broken: readonly (readonly [claim: string, breakIt: (file: string) => Promise<void>])[] = [
  ['that is no configuration', (file) => writeFile(file, '{')],
  ['that is gone', (file) => rm(file)],
];
for (const [claim, breakIt] of broken) {
  test(`a file ${claim} leaves the last good login in force, is told once, and is read again when it is mended`, async (t) => {
    const { file, told, toldOf, passwords } = await following(t, loginOf('old'));
    await breakIt(file);
    await toldOf(1);
    assert.deepEqual(await passwords(), ['old']);
    await writeFile(file, loginOf('new'));
    await toldOf(2);
    assert.deepEqual(await passwords(), ['new']);
    assert.match(told[0] ?? '', /config\.json/);
    assert.equal(told.length, 2);
  });
}

test('a first reading that fails is thrown', async (t) => {
  await assert.rejects(following(t, '{'), (thrown) => thrown instanceof Fault && thrown.code === 'document/invalid');
});
