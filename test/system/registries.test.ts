// The command line against Debian's docker-registry: open, behind a login, behind TLS of an authority of one's own, and not there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createAuthority } from '../e2e/support/certificates.ts';
import { image, index } from '../support/image.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { writeOciLayout } from '../support/oci-layout.ts';
import { type RealRegistry, realRegistryPrograms, startRealRegistry } from '../support/real-registry.ts';
import { file } from '../support/tar.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type CommandLine, createCommandLine } from './support/command-line.ts';
import { reportOf, rulesOf } from './support/told.ts';

const run = promisify(execFile);

const good = image()
  .config({ User: '10001:10001', Healthcheck: { Test: ['CMD', '/app', '--health'] } })
  .layer([file('app', 'app')]);
const tags = {
  good: good.build(),
  root: good.config({ User: 'root' }).build(),
  // Built for two platforms, and careless on one of them.
  both: index([good.platform('linux/amd64').build(), good.platform('linux/arm64').config({ User: '0' }).build()]),
} as const;
const user = 'shop';
const password = ['open', 'sesame'].join('-');

describe('registries', { skip: skipWithout('skopeo', ...realRegistryPrograms) }, () => {
  const stack = new AsyncDisposableStack();
  let directory: string;
  let tidewaiter: CommandLine;
  let open: RealRegistry;
  let locked: RealRegistry;
  let tokened: RealRegistry;
  let sealed: RealRegistry;
  let authority: Awaited<ReturnType<typeof createAuthority>>;

  before(async () => {
    directory = await temporaryDirectory({ after: (remove) => stack.defer(remove) });
    tidewaiter = createCommandLine(directory);
    authority = await createAuthority('harbour');
    const tls = await authority.issueServer(['127.0.0.1']);
    const users = { [user]: password };
    [open, locked, tokened, sealed] = await Promise.all([
      startRealRegistry(),
      startRealRegistry({ login: 'basic', users }),
      startRealRegistry({ login: 'token', users }),
      startRealRegistry({ tls }),
    ]);
    for (const registry of [open, locked, tokened, sealed]) stack.defer(() => registry.close());
    const layout = join(directory, 'layout');
    await mkdir(layout);
    await writeOciLayout(layout, { tags: new Map(Object.entries(tags)) });
    for (const [tag, built] of Object.entries(tags)) await open.push('shop/api', tag, built);
    for (const { host } of [locked, tokened, sealed]) {
      const flags = ['--dest-tls-verify=false', `--dest-creds=${user}:${password}`];
      const copied = [
        '--insecure-policy',
        'copy',
        '-q',
        ...flags,
        `oci:${layout}:good`,
        `docker://${host}/shop/api:good`,
      ];
      await run('skopeo', copied);
    }
  });
  after(() => stack.disposeAsync());

  /** The docker configuration of one login, and the directory in which it lies. */
  async function dockerConfig(
    name: string,
    document: object,
  ): Promise<{ readonly folder: string; readonly file: string }> {
    const folder = join(directory, name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'config.json'), JSON.stringify(document));
    return { folder, file: join(folder, 'config.json') };
  }
  /** A configuration of the program with these registries. */
  async function configuration(registries: readonly object[]): Promise<string> {
    const path = join(directory, 'tidewaiter.yaml');
    const document = { apiVersion: 'tidewaiter.dev/v1alpha1', kind: 'Configuration', registries };
    await writeFile(path, JSON.stringify(document));
    return path;
  }
  const authsOf = (secret: string, host = locked.host): object => ({
    auths: { [host]: { auth: Buffer.from(`${user}:${secret}`).toString('base64') } },
  });

  it('an open one is read', async () => {
    const { code, stdout } = await tidewaiter(['check', `${open.host}/shop/api:good`, `${open.host}/shop/api:root`]);
    assert.equal(code, 1);
    assert.match(stdout, /^allowed {2}\S+\/shop\/api:good$/m);
    assert.match(stdout, /^denied {3}\S+\/shop\/api:root$/m);
    assert.ok(stdout.includes(tags.good.digest));
  });

  it('an index is judged on every platform, unless one is named', async () => {
    const target = `${open.host}/shop/api:both`;
    const all = await tidewaiter(['check', target]);
    assert.equal(all.code, 1);
    assert.match(all.stdout, /user\/root high; .*on linux\/arm64 alone/);
    const one = await tidewaiter(['check', '--platform', 'linux/amd64', target]);
    assert.equal(one.code, 0, one.stdout);
    const none = await tidewaiter(['check', '--platform', 'linux/s390x', target]);
    assert.equal(none.code, 3);
    assert.match(none.stdout, /linux\/s390x/);
  });

  it('what is not there is told as such', async () => {
    const { code, stdout } = await tidewaiter(['check', `${open.host}/shop/api:no-such`, `${open.host}/no/such:1`]);
    assert.equal(code, 3);
    assert.equal(stdout.match(/deny {3}undecided\/not-found/g)?.length, 2, stdout);
    const inspected = await tidewaiter(['inspect', `${open.host}/shop/api:no-such`]);
    assert.equal(inspected.code, 3);
    assert.match(inspected.stderr, /^tidewaiter: .*has no .*shop\/api:no-such/);
  });

  it('one where nobody listens is told as unavailable', async () => {
    const { code, stdout } = await tidewaiter(['check', '127.0.0.1:1/shop/api:1']);
    assert.equal(code, 3);
    assert.match(stdout, /undecided\/unavailable/);
  });

  it('a login is taken from the config.json in DOCKER_CONFIG', async () => {
    const { folder } = await dockerConfig('right', authsOf(password));
    const answer = await tidewaiter(['check', `${locked.host}/shop/api:good`], {
      environment: { DOCKER_CONFIG: folder },
    });
    assert.equal(answer.code, 0, answer.stdout);
  });

  it('a login is taken from a file in the format of podman', async () => {
    const { file: authFile } = await dockerConfig('podman', authsOf(password));
    const environment = { REGISTRY_AUTH_FILE: authFile };
    const answer = await tidewaiter(['check', `${locked.host}/shop/api:good`], { environment });
    assert.equal(answer.code, 0, answer.stdout);
  });

  it('a login is asked of a credential helper', async () => {
    const { folder } = await dockerConfig('helper', { credHelpers: { [locked.host]: 'strongbox' } });
    const helper = join(folder, 'docker-credential-strongbox');
    const answer = JSON.stringify({ ServerURL: locked.host, Username: user, Secret: password });
    await writeFile(helper, `#!/bin/sh\n[ "$1 $(cat)" = "get ${locked.host}" ] && echo '${answer}'\n`);
    await chmod(helper, 0o755);
    const environment = { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH']}` };
    const { code, stdout } = await tidewaiter(['check', `${locked.host}/shop/api:good`], { environment });
    assert.equal(code, 0, stdout);
  });

  it('without a login nothing is said of the image, and the exit code is 3', async () => {
    const answer = await tidewaiter(['check', '-o', 'json', `${locked.host}/shop/api:good`]);
    assert.equal(answer.code, 3);
    const [subject = assert.fail('no subject')] = reportOf(answer).subjects;
    assert.deepEqual(rulesOf(subject), ['undecided/unauthorized deny']);
    assert.equal(subject.digest, undefined);
  });

  it('a login that is refused is told with where it came from, and without the password', async () => {
    const wrong = ['open', 'barley'].join('-');
    const { folder, file: source } = await dockerConfig('wrong', authsOf(wrong));
    const environment = { DOCKER_CONFIG: folder };
    const { code, stdout, stderr } = await tidewaiter(['check', `${locked.host}/shop/api:good`], { environment });
    assert.equal(code, 3);
    assert.match(stdout, /undecided\/unauthorized/);
    assert.ok(stdout.includes(source), stdout);
    assert.ok(!`${stdout}${stderr}`.includes(wrong));
  });

  it('a credential helper that is not there is told by name', async () => {
    const { folder } = await dockerConfig('helpless', { credHelpers: { [locked.host]: 'strongroom' } });
    const environment = { DOCKER_CONFIG: folder };
    const { code, stderr } = await tidewaiter(['check', `${locked.host}/shop/api:good`], { environment });
    assert.equal(code, 3);
    assert.match(stderr, /docker-credential-strongroom/);
    assert.ok(!stderr.includes('internal'), stderr);
  });

  it('a token server beside the registry is given the login, and gives a token for it', async () => {
    const target = `${tokened.host}/shop/api:good`;
    const { folder } = await dockerConfig('tokened', authsOf(password, tokened.host));
    const taken = await tidewaiter(['check', target], { environment: { DOCKER_CONFIG: folder } });
    assert.equal(taken.code, 0, taken.stdout);
    const refused = await tidewaiter(['check', target]);
    assert.equal(refused.code, 3);
    assert.match(refused.stdout, /undecided\/unauthorized/);
  });

  it('a certificate of an unknown authority is refused, and taken once the configuration names the authority', async () => {
    const target = `${sealed.host}/shop/api:good`;
    await writeFile(join(directory, 'ca.pem'), authority.cert);
    const entry = { match: sealed.host, plainHTTP: false };
    const refused = await tidewaiter(['check', '--config', await configuration([entry]), target]);
    assert.equal(refused.code, 3);
    assert.match(refused.stdout, /certificate/);
    const trusting = await configuration([{ ...entry, caFile: 'ca.pem' }]);
    const taken = await tidewaiter(['check', '--config', trusting, target]);
    assert.equal(taken.code, 0, taken.stdout);
  });

  it('one on loopback that speaks HTTPS only is told with the setting that helps', async () => {
    const { code, stdout } = await tidewaiter(['check', `${sealed.host}/shop/api:good`]);
    assert.equal(code, 3);
    assert.match(stdout, /plainHTTP/);
  });
});
