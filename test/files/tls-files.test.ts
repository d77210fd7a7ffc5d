// Certificates that are replaced while a server runs: a new pair is served at once, a pair that does not fit never is.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:https';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { generate } from 'selfsigned';
import { Fault } from '../../src/base/fault.ts';
import { openTlsFiles, readTlsFiles, type TlsMaterial } from '../../src/files/tls-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

type Context = Parameters<typeof temporaryDirectory>[0];
const day = 86_400_000;

async function pairFor(name: string, days = 2) {
  const pair = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + days * day),
  });
  return { cert: pair.cert, key: pair.private };
}

const [first, second] = await Promise.all([pairFor('first'), pairFor('second', 9)]);

/** Files as the kubelet mounts them: links through `..data` to a directory that is replaced as a whole. */
async function mountedSecret(t: Context, pair: typeof first) {
  const directory = await temporaryDirectory(t);
  let version = 0;
  const swap = async (content: Readonly<Record<string, string>>): Promise<void> => {
    version += 1;
    await mkdir(join(directory, `..v${version}`));
    for (const [name, text] of Object.entries(content)) await writeFile(join(directory, `..v${version}`, name), text);
    await symlink(`..v${version}`, join(directory, '..data_tmp'));
    await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    if (version > 1) await rm(join(directory, `..v${version - 1}`), { recursive: true });
  };
  await swap({ 'tls.crt': pair.cert, 'tls.key': pair.key });
  for (const name of ['tls.crt', 'tls.key']) await symlink(join('..data', name), join(directory, name));
  return { certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key'), swap };
}

/** Follows the files and keeps what it is told, so that a test can wait for it. */
async function follow(
  t: Context,
  files: { readonly certFile: string; readonly keyFile: string },
  { everyMs = 20, refuse }: { readonly everyMs?: number; readonly refuse?: Fault } = {},
) {
  const changes: TlsMaterial[] = [];
  const problems: Fault[] = [];
  let heard: () => void = () => undefined;
  const opened = await openTlsFiles(files, {
    everyMs,
    onChange: (material) => {
      if (refuse !== undefined) throw refuse;
      changes.push(material);
      heard();
    },
    onProblem: (problem) => {
      problems.push(problem);
      heard();
    },
  });
  t.after(() => opened.close());
  const next = (): Promise<void> => new Promise((resolve) => (heard = resolve));
  return { opened, changes, problems, next };
}

suite('TLS files', () => {
  test('are read with the end of the certificate', async (t) => {
    const material = await readTlsFiles(await mountedSecret(t, first));
    assert.deepEqual([material.certificate, material.key], [first.cert, first.key]);
    assert.equal(Math.abs(material.expiresAtMs - Date.now() - 2 * day) < 60_000, true);
  });

  test('a swap of the mounted directory brings the new pair', async (t) => {
    const files = await mountedSecret(t, first);
    const { opened, changes, next } = await follow(t, files);
    const heard = next();
    await files.swap({ 'tls.crt': second.cert, 'tls.key': second.key });
    await heard;
    assert.equal(opened.current().certificate, second.cert);
    assert.equal(changes.length, 1);
  });

  test('the system’s hint is enough, long before the next look', async (t) => {
    const files = await mountedSecret(t, first);
    const { opened, next } = await follow(t, files, { everyMs: 3_600_000 });
    const heard = next();
    await files.swap({ 'tls.crt': second.cert, 'tls.key': second.key });
    await heard;
    assert.equal(opened.current().certificate, second.cert);
  });

  test('a certificate without its key changes nothing until the key is there as well', async (t) => {
    const files = await mountedSecret(t, first);
    const { opened, changes, problems, next } = await follow(t, files);
    const mismatch = next();
    await files.swap({ 'tls.crt': second.cert, 'tls.key': first.key });
    await mismatch;
    assert.equal(problems[0]?.code, 'document/invalid');
    assert.match(problems[0]?.message ?? '', /tls\.crt does not belong to the key in .*tls\.key/);
    // Some more looks, which are to say nothing new.
    await pause(100);
    assert.equal(opened.problem()?.message, problems[0]?.message);
    assert.equal(opened.current().certificate, first.cert);
    const repaired = next();
    await files.swap({ 'tls.crt': second.cert, 'tls.key': second.key });
    await repaired;
    assert.equal(opened.current().certificate, second.cert);
    assert.equal(opened.problem(), undefined);
    assert.deepEqual([changes.length, problems.length], [1, 1]);
  });

  test('what a server refuses to serve is a problem, and the old pair stays in force', async (t) => {
    const files = await mountedSecret(t, first);
    const { opened, changes, problems, next } = await follow(t, files, {
      refuse: new Fault('document/invalid', 'the server says no'),
    });
    const heard = next();
    await files.swap({ 'tls.crt': second.cert, 'tls.key': second.key });
    await heard;
    assert.equal(opened.current().certificate, first.cert);
    assert.deepEqual([changes.length, problems[0]?.message], [0, 'the server says no']);
  });

  test('files that go away change nothing, and are named', async (t) => {
    const files = await mountedSecret(t, first);
    const { opened, problems, next } = await follow(t, files);
    const heard = next();
    await rm(dirname(files.certFile), { recursive: true });
    await heard;
    assert.equal(opened.current().certificate, first.cert);
    assert.match(problems[0]?.message ?? '', /tls\.(?:crt|key): there is no such file/);
  });

  test('a server shows the new certificate to new connections and keeps the old ones', async (t) => {
    const files = await mountedSecret(t, first);
    const server = createServer({ ...first, keepAliveTimeout: 60_000 }, (_, answer) => {
      answer.end('ok');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const opened = await openTlsFiles(files, {
      everyMs: 20,
      onChange: ({ certificate, key }) => {
        server.setSecureContext({ cert: certificate, key });
        server.emit('swapped');
      },
      onProblem: () => undefined,
    });
    t.after(() => opened.close());
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const keeping = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => keeping.destroy());
    const before = await ask(address.port, keeping);
    const swapped = once(server, 'swapped');
    await files.swap({ 'tls.crt': second.cert, 'tls.key': second.key });
    await swapped;
    const [old, fresh] = [await ask(address.port, keeping), await ask(address.port, new Agent())];
    assert.deepEqual([before.name, old.name, fresh.name], ['first', 'first', 'second']);
    assert.equal(old.localPort, before.localPort);
  });
});

suite('TLS files that cannot be used', () => {
  const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  for (const [claim, certificate, key, code] of [
    ['no certificate', 'hello', first.key, 'document/invalid'],
    ['a certificate of nonsense', garbage, first.key, 'document/invalid'],
    ['no key', first.cert, '', 'document/invalid'],
    ['the key of another', first.cert, second.key, 'document/invalid'],
    ['the files the wrong way round', first.key, first.cert, 'document/invalid'],
    ['more than a certificate ever has', 'x'.repeat(1024 * 1024 + 1), first.key, 'usage'],
  ] as const) {
    test(`are refused with ${claim}, without a word of what is in them`, async (t) => {
      const directory = await temporaryDirectory(t);
      const files = { certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key') };
      await writeFile(files.certFile, certificate);
      await writeFile(files.keyFile, key);
      await assert.rejects(readTlsFiles(files), (thrown) => {
        assert.ok(thrown instanceof Fault);
        assert.equal(thrown.code, code);
        assert.doesNotMatch(thrown.message, /PRIVATE|MI[GIH]/);
        return true;
      });
    });
  }

  test('are refused when the authorities of clients are none', async (t) => {
    const files = await mountedSecret(t, first);
    const clientCaFile = join(dirname(files.certFile), 'ca.crt');
    await writeFile(clientCaFile, 'none');
    await assert.rejects(readTlsFiles({ ...files, clientCaFile }), /ca\.crt holds no certificate/);
    await writeFile(clientCaFile, second.cert);
    assert.equal((await readTlsFiles({ ...files, clientCaFile })).clientAuthorities, second.cert);
  });

  test('are refused by name when they may not be read', {
    skip: process.getuid?.() === 0 && 'root may read everything',
  }, async (t) => {
    const files = await mountedSecret(t, first);
    await chmod(files.keyFile, 0);
    await assert.rejects(readTlsFiles(files), /tls\.key: permission denied/);
  });
});

async function ask(port: number, agent: Agent): Promise<{ readonly name: string; readonly localPort: number }> {
  const asked = request({ host: '127.0.0.1', port, agent, rejectUnauthorized: false });
  asked.end();
  const [answer] = await once(asked, 'response');
  const { socket } = answer;
  const found = { name: socket.getPeerCertificate().subject.CN, localPort: socket.localPort };
  answer.resume();
  await once(answer, 'end');
  return found;
}
