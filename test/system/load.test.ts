// The running service under load: it leaves without losing a review, and nobody who reads its log slowly holds it up.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Authority, createAuthority } from '../e2e/support/certificates.ts';
import { type Service, startService } from '../e2e/support/service.ts';
import { until } from '../e2e/support/until.ts';
import { admissionReview, podOf } from '../support/admission-review.ts';
import { program } from './support/command-line.ts';
import { type Answered, createReviewer } from './support/reviewer.ts';

const timeoutMs = 60_000;

/** How long the service goes on after it was told to leave. Half of it has to be enough for any review, on any machine. */
const graceMs = 4_000;

const policy = JSON.stringify({
  apiVersion: 'tidewaiter.dev/v1alpha1',
  kind: 'ImageAdmissionPolicy',
  metadata: { name: 'names' },
  spec: { action: 'deny', checks: { reference: { forbid: ['latest'] } } },
});
/** One that is told in the log at some length. */
const latest = admissionReview(
  podOf(...Array.from({ length: 20 }, (_, at) => `registry.example.com/shop/api${at}:latest`)),
);

describe('the service under load', () => {
  let directory: string;
  let authority: Authority;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidewaiter-load-'));
    authority = await createAuthority('load');
    await mkdir(join(directory, 'policies'));
    await writeFile(join(directory, 'policies', 'a.yaml'), policy);
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const configuration = {
    kubernetes: { enabled: false },
    policies: { paths: ['policies'] },
    server: { shutdown: { grace: `${graceMs}ms`, finish: '20s' } },
  };
  const start = async (): Promise<Service> =>
    startService({ folder: directory, certificate: await authority.issueServer(['127.0.0.1']), configuration });

  it('leaves without failing a review, also on connections that are kept', async () => {
    await using service = await start();
    const reviewer = createReviewer({ url: service.reviewsUrl, ca: authority.cert });
    const answers: Answered[] = [];
    let isTold = false;
    // Each asks again as soon as it is answered, until the cluster has learnt that the service is leaving.
    const ask = async (): Promise<void> => {
      while (!isTold) answers.push(await reviewer.ask(latest));
    };
    const asking = Promise.all(Array.from({ length: 16 }, ask));
    await until(async () => answers.length > 200, { what: 'some load', timeoutMs });
    kill(service.pid, 'SIGTERM');
    await sleep(graceMs / 2);
    isTold = true;
    await asking;
    await until(async () => service.ended.aborted, { what: 'the end', timeoutMs });
    assert.match(String(service.ended.reason), /exit code 0/);
    assert.ok(answers.every(({ status, allowed }) => status === 200 && !allowed));
    reviewer.close();
  });

  it('goes on and leaves in peace while nobody reads its log', async () => {
    const folder = join(directory, 'unread');
    await mkdir(folder);
    const { cert, key } = await authority.issueServer(['127.0.0.1']);
    await writeFile(join(folder, 'tls.crt'), cert);
    await writeFile(join(folder, 'tls.key'), key, { mode: 0o600 });
    const args = ['serve', '--policies', join(directory, 'policies'), '--listen', '127.0.0.1:0'];
    const child = spawn(
      program,
      [
        ...args,
        '--probe-listen',
        '127.0.0.1:0',
        '--tls-cert',
        join(folder, 'tls.crt'),
        '--tls-key',
        join(folder, 'tls.key'),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], HOME: folder } },
    );
    const ended = once(child, 'exit');
    try {
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
      const url = (): string | undefined => /"reviews":"([^"]+)"/.exec(printed)?.[1];
      await until(async () => url() !== undefined, { what: 'the service to be ready', timeoutMs });
      child.stdout.pause();
      const reviewer = createReviewer({ url: `${url()}/validate`, ca: authority.cert });
      // Far more than a pipe holds.
      for (let round = 0; round < 40; round += 1) {
        const answers = await Promise.all(Array.from({ length: 10 }, () => reviewer.ask(latest)));
        assert.ok(answers.every(({ status }) => status === 200));
      }
      reviewer.close();
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
