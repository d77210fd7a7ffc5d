// Starting and ending the service as whoever installs it does: what is wrong is said at once, and nothing hangs half started.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createAuthority } from '../e2e/support/certificates.ts';
import { startService } from '../e2e/support/service.ts';
import { type CommandLine, createCommandLine } from './support/command-line.ts';

describe('serve', () => {
  let directory: string;
  let tidewaiter: CommandLine;
  let neighbour: Server;
  let taken: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidewaiter-serve-'));
    tidewaiter = createCommandLine(directory);
    neighbour = createServer().listen(0, '127.0.0.1');
    await once(neighbour, 'listening');
    const address = neighbour.address();
    assert.ok(typeof address === 'object' && address !== null);
    taken = `127.0.0.1:${address.port}`;
    await mkdir(join(directory, 'empty'));
    await writeFile(join(directory, 'broken.yaml'), 'kind: ImageAdmissionPolicy\n');
    await writeFile(join(directory, 'no-kubeconfig.yaml'), configuration({ kubernetes: { kubeconfig: 'no-such' } }));
    await writeFile(join(directory, 'unknown.yaml'), configuration({ sever: {}, limits: { maxReviews: 'many' } }));
  });
  after(async () => {
    neighbour?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const configuration = (settings: object): string =>
    JSON.stringify({ apiVersion: 'tidewaiter.dev/v1alpha1', kind: 'Configuration', ...settings });

  const free = ['--insecure-http', '--listen', '127.0.0.1:0', '--probe-listen', '127.0.0.1:0'];
  const rows: readonly (readonly [claim: string, args: () => readonly string[], says: readonly RegExp[]])[] = [
    ['without a certificate', () => [], [/--tls-cert and --tls-key/]],
    ['with a certificate that is not there', () => ['--tls-cert', 'no-such', '--tls-key', 'no-such'], [/no-such/]],
    ['without a policy', () => [...free, '--policies', 'empty'], [/no policy in .*empty/]],
    ['with a broken policy', () => [...free, '--policies', 'broken.yaml'], [/broken\.yaml:1:1/]],
    [
      'with a taken port for reviews',
      () => [...free, '--listen', taken],
      [/cannot listen on 127\.0\.0\.1:\d+: something else listens there$/m],
    ],
    [
      'with an address of another machine',
      () => [...free, '--listen', '192.0.2.1:0'],
      [/cannot listen on 192\.0\.2\.1:0: this machine has no such address$/m],
    ],
    [
      'with a taken port for probes',
      () => [...free, '--probe-listen', taken],
      [/cannot listen on 127\.0\.0\.1:\d+: something else listens there$/m],
    ],
    [
      'without the kubeconfig that is named',
      () => [...free, '--config', 'no-kubeconfig.yaml'],
      [/no-such: there is no/],
    ],
    [
      'with mistakes in the configuration, all told at once',
      () => [...free, '--config', 'unknown.yaml'],
      [/unknown\.yaml:1:\d+: sever: unknown field/, /unknown\.yaml:1:\d+: limits\.maxReviews/],
    ],
  ];

  for (const [claim, args, says] of rows) {
    it(`${claim} ends with 2 and says what is missing`, async () => {
      const { code, stderr } = await tidewaiter(['serve', ...args()]);
      assert.equal(code, 2, stderr);
      for (const said of says) assert.match(stderr, said);
      assert.doesNotMatch(stderr, /internal error|^\s+at /m);
    });
  }

  it('is ready once it says so, and ends with 0 when it is told to', async () => {
    const authority = await createAuthority('serve');
    await using service = await startService({
      folder: join(directory, 'service'),
      certificate: await authority.issueServer(['127.0.0.1']),
      configuration: { kubernetes: { enabled: false }, server: { shutdown: { grace: '0s' } } },
    });
    for (const path of ['livez', 'readyz', 'metrics']) {
      assert.equal((await fetch(`${service.probesUrl}/${path}`)).status, 200, path);
    }
    await service.stop();
    assert.match(String(service.ended.reason), /exit code 0/);
    assert.deepEqual(
      service.log().map(({ msg }) => msg),
      ['policies are in force', 'ready', 'draining'],
    );
  });
});
