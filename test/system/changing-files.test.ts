// Files that change under the running service: policies and certificates as the kubelet swaps them, broken ones, a full disk, a killed process.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { after, before, describe, it } from 'node:test';
import { type Authority, createAuthority, type KeyPair } from '../e2e/support/certificates.ts';
import { type Service, startService } from '../e2e/support/service.ts';
import { until } from '../e2e/support/until.ts';
import { admissionReview, podOf } from '../support/admission-review.ts';
import { createMountedFiles } from './support/mounted-files.ts';
import { createReviewer } from './support/reviewer.ts';

/** Many times what a change takes to be seen. */
const timeoutMs = 60_000;

/** Judges by the name alone, so that no registry is needed. */
const policy = (action: string): string =>
  JSON.stringify({
    apiVersion: 'tidewaiter.dev/v1alpha1',
    kind: 'ImageAdmissionPolicy',
    metadata: { name: 'names' },
    spec: { action, checks: { reference: { forbid: ['latest'] } } },
  });
const latest = admissionReview(podOf('registry.example.com/shop/api:latest'));

describe('files that change under the running service', () => {
  let directory: string;
  let authority: Authority;
  let certificate: KeyPair;
  let folders = 0;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidewaiter-changing-'));
    authority = await createAuthority('changing');
    certificate = await authority.issueServer(['127.0.0.1']);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const newFolder = async (): Promise<string> => {
    folders += 1;
    const folder = join(directory, String(folders));
    await mkdir(folder);
    return folder;
  };
  const start = (folder: string, configuration: Readonly<Record<string, unknown>> = {}): Promise<Service> =>
    startService({
      folder,
      certificate,
      configuration: {
        kubernetes: { enabled: false },
        policies: { paths: [join(folder, 'policies')], checkEvery: '200ms' },
        ...configuration,
        server: { shutdown: { grace: '0s' }, ...Object(configuration['server']) },
      },
    });
  const isAllowed = async ({ reviewsUrl }: Service): Promise<boolean> => {
    const reviewer = createReviewer({ url: reviewsUrl, ca: authority.cert, fresh: true });
    const { allowed, status } = await reviewer.ask(latest);
    reviewer.close();
    assert.equal(status, 200);
    return allowed;
  };
  const eventually = (what: string, question: () => Promise<boolean>) => until(question, { what, timeoutMs });
  const readyz = async ({ probesUrl }: Service): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await fetch(`${probesUrl}/readyz`);
    return { status: response.status, text: await response.text() };
  };

  it('a swapped ConfigMap of policies is in force, and one that is broken leaves the last good one in force', async () => {
    const folder = await newFolder();
    const mounted = await createMountedFiles(join(folder, 'policies'));
    await mounted.publish({ 'a.yaml': policy('warn') });
    await using service = await start(folder);
    assert.equal(await isAllowed(service), true);
    await mounted.publish({ 'a.yaml': policy('deny') });
    await eventually('the new policy', async () => !(await isAllowed(service)));
    await mounted.publish({ 'a.yaml': policy('refuse') });
    await eventually('the mistake to be named', async () => /a\.yaml:1:\d+: /.test((await readyz(service)).text));
    assert.deepEqual([(await readyz(service)).status, await isAllowed(service)], [200, false]);
    assert.equal(await service.metric('tidewaiter_policies{state="broken"}'), 1);
    await eventually('the log to name it', async () =>
      service.log().some(({ level, problems }) => level === 'error' && /a\.yaml:1:/.test(String(problems))),
    );
    await mounted.publish({ 'b.yaml': policy('warn') });
    await eventually('the file of another name', () => isAllowed(service));
    assert.doesNotMatch((await readyz(service)).text, /a\.yaml/);
    assert.equal(await service.metric('tidewaiter_policies{state="broken"}'), 0);
  });

  it('a swapped Secret is served on new connections, and one that cannot be used never is', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'policies'));
    await writeFile(join(folder, 'policies', 'a.yaml'), policy('deny'));
    const mounted = await createMountedFiles(join(folder, 'tls'));
    const publish = (cert: string, key: string) => mounted.publish({ 'tls.crt': cert, 'tls.key': key });
    await publish(certificate.cert, certificate.key);
    const tls = { certFile: join(folder, 'tls', 'tls.crt'), keyFile: join(folder, 'tls', 'tls.key') };
    await using service = await start(folder, { server: { tls } });
    const patient = createReviewer({ url: service.reviewsUrl, ca: authority.cert });
    const shown = async (): Promise<string> => {
      const reviewer = createReviewer({ url: service.reviewsUrl, ca: authority.cert, fresh: true });
      const answer = await reviewer.ask(latest);
      reviewer.close();
      return answer.certificate;
    };
    const fingerprint = ({ cert }: KeyPair): string => new X509Certificate(cert).fingerprint256;
    const complaints = (): number => service.log().filter(({ msg }) => /cannot be used/.test(msg)).length;
    assert.equal((await patient.ask(latest)).certificate, fingerprint(certificate));

    const expirySeconds = ({ cert }: KeyPair): number => Date.parse(new X509Certificate(cert).validTo) / 1000;
    const toldExpiry = () => service.metric('tidewaiter_certificate_expiry_timestamp_seconds');
    assert.equal(await toldExpiry(), expirySeconds(certificate));

    const stranger = await authority.issueServer(['127.0.0.1'], new Date(Date.now() + 48 * 3_600_000));
    for (const [cert, key] of [
      ['-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n', certificate.key],
      [certificate.cert, stranger.key],
      ['', ''],
    ] as const) {
      const before = complaints();
      await publish(cert, key);
      await eventually('a complaint', async () => complaints() > before);
      assert.equal(await shown(), fingerprint(certificate));
    }
    await publish(stranger.cert, stranger.key);
    await eventually('the new certificate', async () => (await shown()) === fingerprint(stranger));
    assert.equal(await toldExpiry(), expirySeconds(stranger));
    assert.equal((await patient.ask(latest)).certificate, fingerprint(certificate), 'the open connection goes on');
    patient.close();
  });

  it('after a kill and a restart the last good policies are in force where the files are broken', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'policies'));
    await writeFile(join(folder, 'policies', 'a.yaml'), policy('deny'));
    const dataDir = join(folder, 'data');
    const killed = await start(folder, { dataDir });
    assert.equal(await isAllowed(killed), false);
    await writeFile(join(folder, 'policies', 'a.yaml'), policy('refuse'));
    kill(killed.pid, 'SIGKILL');
    await eventually('the end of the process', async () => killed.ended.aborted);
    await using restarted = await start(folder, { dataDir });
    assert.equal(await isAllowed(restarted), false);
    assert.match((await readyz(restarted)).text, /a\.yaml:1:\d+: /);
  });

  const isRoot = process.getuid?.() === 0;
  it('a full disk leaves it serving, and what could not be saved is once there is room', {
    skip: isRoot ? false : 'only root may mount a disk',
  }, async (t) => {
    const folder = await newFolder();
    await mkdir(join(folder, 'policies'));
    await writeFile(join(folder, 'policies', 'a.yaml'), policy('warn'));
    const dataDir = join(folder, 'data');
    await mkdir(dataDir);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', dataDir], { stdio: 'pipe' });
    } catch {
      return t.skip('this machine mounts no disk, not even for root');
    }
    try {
      const ballast = join(dataDir, 'ballast');
      await assert.rejects(writeFile(ballast, Buffer.alloc(1024 * 1024)), { code: 'ENOSPC' });
      await using service = await start(folder, { dataDir });
      assert.deepEqual([(await readyz(service)).status, await isAllowed(service)], [200, true]);
      assert.ok(service.log().some((line) => /no space is left/.test(JSON.stringify(line))));
      await writeFile(join(folder, 'policies', 'a.yaml'), policy('deny'));
      await eventually('the new policy', async () => !(await isAllowed(service)));
      await rm(ballast);
      const saved = () => readFile(join(dataDir, 'policies.json'), 'utf8').catch(() => '');
      await eventually('the policies to be saved', async () => (await saved()).includes('"deny"'));
    } finally {
      execFileSync('umount', [dataDir]);
    }
  });
});
