// Builds the service's own image from bases made here, and holds it against the strictest policy that ships with it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { execForm, finalInstruction, projectDirectory } from '../charts/dockerfile.ts';

const run = promisify(execFile);

/** What a token in the npmrc of a company would be; it must be in no layer. */
const token = ['npm', 'a token that is nobody’s'].join('_');

/** Minutes of work for a machine, most of it copying: only where somebody asks for it. */
const skip =
  process.env['SLOW_TESTS'] === undefined && 'set SLOW_TESTS=1: it builds an image from nothing, which takes minutes';

describe('the Dockerfile', { skip }, () => {
  let directory: string;
  let container: string;
  let root: string;
  const buildah = async (...args: readonly string[]): Promise<string> => {
    const environment = {
      ...process.env,
      BUILDAH_ISOLATION: 'chroot',
      CONTAINERS_STORAGE_CONF: join(directory, 'storage.conf'),
    };
    const { stdout } = await run('buildah', args, { env: environment, maxBuffer: 64 * 1024 * 1024 });
    return stdout.trim();
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidewaiter-dockerfile-'));
    const storage = `[storage]\ndriver = "vfs"\ngraphroot = "${directory}/graph"\nrunroot = "${directory}/run"\n`;
    await writeFile(join(directory, 'storage.conf'), storage);
    await makeBases(directory, buildah);
    const npmrc = join(directory, 'npmrc');
    await writeFile(npmrc, `//registry.example.com/:_authToken=${token}\n`);
    await buildah(
      ...['build', '-q', '--format', 'docker', '--layers=true', '--secret', `id=npmrc,src=${npmrc}`],
      ...['--build-arg', 'NODE_IMAGE=localhost/node', '--build-arg', 'RUNTIME_IMAGE=localhost/runtime'],
      ...['--build-arg', 'VERSION=test', '--tag', 'localhost/tidewaiter', projectDirectory],
    );
    container = await buildah('from', 'localhost/tidewaiter');
    root = await buildah('mount', container);
  });
  after(async () => {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  test('builds a program that runs as the user it names, behind its init', async () => {
    const version = await buildah('run', container, '--', ...execForm(finalInstruction('ENTRYPOINT')), '--version');
    assert.match(version, /^[0-9]+\.[0-9]+\.[0-9]+$/);
    const node = execForm(finalInstruction('ENTRYPOINT'))[2] ?? '';
    assert.equal(await buildah('run', container, '--', node, '--print', 'process.getuid()'), '65532');
  });

  test('leaves behind what it was built with', async () => {
    const { stdout } = await run('find', [root, '-xdev', '-type', 'f', '-printf', '%P\\n'], {
      maxBuffer: 64 * 1024 * 1024,
    });
    const files = stdout.split('\n').filter((file) => file !== '');
    const named = (pattern: RegExp): readonly string[] => files.filter((file) => pattern.test(file));
    assert.deepEqual(named(/(?:^|\/)(?:sh|bash|dash|busybox|npm|npx|tsc|gcc|apt-get|dpkg)$/), []);
    assert.deepEqual(named(/\.(?:ts|mts|cts|map)$|(?:^|\/)\.npmrc$|(?:^|\/)cases\//), []);
    assert.ok(named(/^app\/policies\/[a-z]+\/policy\.yaml$/).length >= 2);
    assert.ok(named(/^app\/dist\/main\.js$/).length === 1);
  });

  test('leaves no trace of the token that npm was given', async () => {
    const image = join(directory, 'image.oci');
    await buildah('push', '-q', 'localhost/tidewaiter', `dir:${image}`);
    const { stdout } = await run('sh', [
      '-c',
      `for blob in "$1"/*; do (zcat -f "$blob" | grep -c "$2") || true; done`,
      'sh',
      image,
      token,
    ]);
    assert.deepEqual([...new Set(stdout.trim().split('\n'))], ['0']);
  });

  // An archive holds layers uncompressed, so the limits on compressed sizes are met here with room to spare.
  test('satisfies the restricted policy', async () => {
    const archive = join(directory, 'image.tar');
    await buildah('push', '-q', 'localhost/tidewaiter', `docker-archive:${archive}:tidewaiter:test`);
    const policies = join(projectDirectory, 'policies/restricted');
    const main = join(projectDirectory, 'src/main.ts');
    const { stdout } = await run(process.execPath, [
      main,
      'check',
      `docker-archive:${archive}`,
      '--policies',
      policies,
    ]);
    assert.match(stdout, /all allowed/);
  });
});

/** Stands for the published bases, which a test must not depend on: Debian, with this Node.js and npm, and with what runs C++ programs. */
async function makeBases(directory: string, buildah: (...args: readonly string[]) => Promise<string>): Promise<void> {
  const context = join(directory, 'context');
  await mkdir(context);
  const include = ['ca-certificates', 'libatomic1', 'libstdc++6'];
  const bootstrap = (variant: string, packages: readonly string[], file: string): Promise<unknown> =>
    run('mmdebstrap', ['--quiet', `--variant=${variant}`, `--include=${packages}`, 'bookworm', join(context, file)]);
  await bootstrap('apt', include, 'node.tar');
  await bootstrap('extract', ['base-files', 'libc6', 'libgcc-s1', 'libstdc++6'], 'runtime.tar');
  await cp(await realpath(process.execPath), join(context, 'node'));
  const { stdout } = await run('npm', ['root', '--global']);
  await cp(join(stdout.trim(), 'npm'), join(context, 'npm'), { recursive: true });
  // Where this machine trusts an authority of its own, so must the build.
  await cp('/etc/ssl/certs/ca-certificates.crt', join(context, 'authorities.crt'));
  const node = [
    'FROM scratch',
    'ADD node.tar /',
    'COPY authorities.crt /etc/ssl/certs/ca-certificates.crt',
    'COPY node /usr/local/bin/node',
    'COPY npm /usr/local/lib/node_modules/npm',
    'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm',
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
  ];
  await writeFile(join(directory, 'node.containerfile'), node.join('\n'));
  await writeFile(join(directory, 'runtime.containerfile'), 'FROM scratch\nADD runtime.tar /\n');
  for (const base of ['node', 'runtime']) {
    const file = join(directory, `${base}.containerfile`);
    await buildah('build', '-q', '--layers=false', '--tag', `localhost/${base}`, '--file', file, context);
  }
}
