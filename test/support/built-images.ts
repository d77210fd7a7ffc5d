// Real images: a Debian base from mmdebstrap, and good and bad applications on it, built by buildah in a storage of their own.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianArchive } from './kept-archives.ts';

const run = promisify(execFile);

export type ImageFormat = 'docker' | 'oci';

export interface BuildOptions {
  readonly format: ImageFormat;
  /** `layers`: one layer an instruction; `single`: one layer above the base, buildah's default; `squashed`: one layer in all. */
  readonly layers: 'layers' | 'single' | 'squashed';
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** Files that `RUN --mount=type=secret,id=…` may read, by id. */
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface ImageBuilder {
  /** Builds a Containerfile (which may say `FROM localhost/base`) and names the result `localhost/NAME`. */
  build(name: string, containerfile: string, options: BuildOptions): Promise<void>;
  /** Copies a built image to where skopeo can write: `docker://…`, `oci:DIR:TAG`, `docker-archive:FILE:NAME`. */
  copy(name: string, destination: string, options?: readonly string[]): Promise<void>;
  readonly directory: string;
  /** What COPY and ADD take from. */
  readonly context: string;
  close(): Promise<void>;
}

/** Links every applet of the one static binary, and gives the base the users that Debian's has. */
const extractHook = [
  'mkdir -p "$1/etc" "$1/tmp"',
  'for applet in $("$1/bin/busybox" --list); do [ -e "$1/bin/$applet" ] || ln -s busybox "$1/bin/$applet"; done',
  'cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"',
  'cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"',
].join('; ');

/** Makes the base image and keeps everything below one temporary directory, which `close` removes. */
export async function createImageBuilder(): Promise<ImageBuilder> {
  const directory = await mkdtemp(join(tmpdir(), 'tidewaiter-images-'));
  const context = join(directory, 'context');
  await mkdir(context);
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    BUILDAH_ISOLATION: 'chroot',
    // buildah and skopeo share this storage; neither sees the machine's own.
    CONTAINERS_STORAGE_CONF: join(directory, 'storage.conf'),
  };
  const storeWith = async (driver: 'overlay' | 'vfs'): Promise<void> => {
    environment['STORAGE_DRIVER'] = driver;
    const roots = `graphroot = "${directory}/graph-${driver}"\nrunroot = "${directory}/run-${driver}"`;
    await writeFile(join(directory, 'storage.conf'), `[storage]\ndriver = "${driver}"\n${roots}\n`);
  };
  const base = await debianArchive('base', {
    variant: 'extract',
    packages: ['base-files', 'base-passwd', 'busybox-static'],
    hook: extractHook,
  });
  await copyFile(base, join(context, 'base.tar'));
  const builder: ImageBuilder = {
    directory,
    context,
    async build(name, containerfile, { format, layers, buildArguments = {}, secrets = {} }) {
      const file = join(directory, `Containerfile.${name}`);
      await writeFile(file, containerfile);
      const flags = { layers: ['--layers=true'], single: ['--layers=false'], squashed: ['--layers=false', '--squash'] }[
        layers
      ];
      const built = Object.entries(buildArguments).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
      const mounted = Object.entries(secrets).flatMap(([id, path]) => ['--secret', `id=${id},src=${path}`]);
      const given = [...flags, ...built, ...mounted];
      await run(
        'buildah',
        ['build', '-q', '--format', format, ...given, '-t', `localhost/${name}`, '-f', file, context],
        {
          env: environment,
        },
      );
    },
    async copy(name, destination, options = []) {
      await run('skopeo', ['copy', '-q', ...options, `containers-storage:localhost/${name}:latest`, destination], {
        env: environment,
      });
    },
    async close() {
      // The overlay driver mounts its own directory on itself, and leaves it so.
      await run('umount', [join(directory, 'graph-overlay', 'overlay')]).catch(() => undefined);
      await rm(directory, { recursive: true, force: true });
    },
  };
  const buildBase = async (driver: 'overlay' | 'vfs'): Promise<void> => {
    await storeWith(driver);
    const containerfile = 'FROM scratch\nADD base.tar /\nCMD ["/bin/sh"]\n';
    await builder.build('base', containerfile, { format: 'docker', layers: 'layers' });
    await builder.build('base-runs', 'FROM localhost/base\nRUN true\n', { format: 'docker', layers: 'layers' });
  };
  // Where the kernel does not lay layers over each other here, every layer is a copy of all below it, which takes long.
  await buildBase('overlay').catch(() => buildBase('vfs'));
  return builder;
}

/** The good application: built in one stage, run from another, as a numeric user, with a health check and an init. */
export const goodContainerfile = `FROM localhost/base AS build
RUN mkdir -p /out && echo '#!/bin/sh' > /out/app && chmod 755 /out/app
FROM localhost/base
COPY --from=build /out/app /usr/local/bin/app
COPY --from=build /bin/busybox /sbin/tini
USER 10001:10001
HEALTHCHECK --interval=30s CMD ["/usr/local/bin/app", "--health"]
ENTRYPOINT ["/sbin/tini", "--", "/usr/local/bin/app"]
`;

/** The same application as people first write it: root, no health check, and a build argument that history keeps. */
export const carelessContainerfile = `FROM localhost/base
ARG NPM_TOKEN
RUN echo "//registry.example.com/:_authToken=$NPM_TOKEN" > /root/.npmrc
RUN mkdir /app && echo "#!/bin/sh" > /app/app && chmod 755 /app/app
RUN rm /root/.npmrc
CMD /app/app
`;
