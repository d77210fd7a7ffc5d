// Images as real builders leave them, from which the facts in policies/facts are recorded: run this file to write them again.
import { mkdir, writeFile } from 'node:fs/promises';
import type { ContentFacts } from '../../src/inspection/content-facts.ts';
import type { ImageFacts } from '../../src/inspection/image-facts.ts';
import { artifactFacts, surfaceFacts } from '../../src/inspection/surface-facts.ts';
import { parseImageConfig } from '../../src/oci/image-config.ts';
import { defaultDocumentLimits as limits } from '../../src/oci/limits.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { crc32Base62 } from '../../src/secrets/checksum.ts';
import { type BuiltImage, type ImageBuilder, image } from '../support/image.ts';
import { built, linux, MB, type Step } from './sample-builder.ts';
import { sampleContents } from './sample-contents.ts';
import { debianBase, goSingleStage, pythonSingleStage } from './single-stage-images.ts';

const readAt = '2026-11-02T09:00:00Z';

/** debuerreotype's base layer, as the official images have it since 2024. */
const debianSlim: readonly Step[] = [
  ["# debian.sh --arch 'amd64' out/ 'bookworm' '@1759104000'", 28.2 * MB, 'debuerreotype 0.16'],
];

const nodeSlim: readonly Step[] = [
  ...debianSlim,
  [
    'RUN /bin/sh -c groupadd --gid 1000 node   && useradd --uid 1000 --gid node --shell /bin/bash --create-home node # buildkit',
    3300,
  ],
  ['ENV NODE_VERSION=22.20.0'],
  [
    'RUN /bin/sh -c ARCH= && dpkgArch="$(dpkg --print-architecture)"   && apt-get update && apt-get install -y ca-certificates curl wget gnupg dirmngr xz-utils libatomic1 --no-install-recommends   && rm -rf /var/lib/apt/lists/* && tar -xJf "node-v$NODE_VERSION-linux-$ARCH.tar.xz" -C /usr/local --strip-components=1 --no-same-owner # buildkit',
    49.6 * MB,
  ],
  ['COPY docker-entrypoint.sh /usr/local/bin/ # buildkit', 447],
  ['ENTRYPOINT ["docker-entrypoint.sh"]'],
  ['CMD ["node"]'],
];

const nodeEnvironment = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'NODE_VERSION=22.20.0'];

function nodeService(architecture: string): ImageBuilder {
  const config = linux(architecture).config({
    User: '10001:10001',
    Env: [...nodeEnvironment, 'NODE_ENV=production'],
    Entrypoint: ['/usr/bin/tini', '--', 'node', 'dist/server.js'],
    ExposedPorts: { '8080/tcp': {} },
    Healthcheck: { Test: ['CMD', 'node', 'dist/healthcheck.js'], Interval: 30_000_000_000, Timeout: 3_000_000_000 },
    WorkingDir: '/app',
    Labels: { 'org.opencontainers.image.source': 'https://git.example.com/shop/api' },
  });
  return built(config, [
    ...nodeSlim,
    ['ENV NODE_ENV=production'],
    ['WORKDIR /app', 120],
    [
      'RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/* # buildkit',
      0.4 * MB,
    ],
    ['COPY --chown=10001:10001 /app/node_modules ./node_modules # buildkit', 18.7 * MB],
    ['COPY --chown=10001:10001 /app/dist ./dist # buildkit', 0.3 * MB],
    ['USER 10001:10001'],
    ['EXPOSE [8080/tcp]'],
    [
      'HEALTHCHECK {Test:[CMD node dist/healthcheck.js] Interval:30s Timeout:3s StartPeriod:0s StartInterval:0s Retries:0}',
    ],
    ['ENTRYPOINT ["/usr/bin/tini" "--" "node" "dist/server.js"]'],
  ]);
}

/** A service built in one stage on the full base, with everything that a build leaves behind. */
function nodeSingleStage(): ImageBuilder {
  const body = 'q7Wf2LxTzR9bVkM4hYcJ8sNpD3gE6a';
  const token = ['npm', '_', body, crc32Base62(body, 6)].join('');
  const config = linux().config({
    User: '',
    Env: [...nodeEnvironment, `NPM_TOKEN=${token}`],
    Cmd: ['/bin/sh', '-c', 'npm start'],
    ExposedPorts: { '80/tcp': {} },
    WorkingDir: '/app',
  });
  return built(config, [
    ["# debian.sh --arch 'amd64' out/ 'bookworm' '@1759104000'", 48.5 * MB, 'debuerreotype 0.16'],
    [
      'RUN /bin/sh -c set -eux; apt-get update; apt-get install -y --no-install-recommends ca-certificates curl gnupg netbase sq wget # buildkit',
      24 * MB,
    ],
    [
      'RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends git mercurial openssh-client subversion procps # buildkit',
      64.4 * MB,
    ],
    [
      'RUN /bin/sh -c set -ex; apt-get update; apt-get install -y --no-install-recommends autoconf automake bzip2 dpkg-dev file g++ gcc imagemagick libbz2-dev libc6-dev make patch unzip xz-utils zlib1g-dev # buildkit',
      211.3 * MB,
    ],
    [
      'RUN /bin/sh -c tar -xJf node-v22.20.0-linux-x64.tar.xz -C /usr/local --strip-components=1 --no-same-owner # buildkit',
      57.3 * MB,
    ],
    ['WORKDIR /app', 120],
    ['ARG NPM_TOKEN'],
    [`ENV NPM_TOKEN=${token}`],
    ['COPY . . # buildkit', 96.8 * MB],
    ['RUN /bin/sh -c npm install # buildkit', 143.9 * MB],
    ['RUN /bin/sh -c rm -f .npmrc # buildkit', 200],
    ['EXPOSE [80/tcp]'],
    ['CMD ["/bin/sh" "-c" "npm start"]'],
  ]);
}

function goService(): ImageBuilder {
  const config = linux('amd64', '1970-01-01T00:00:00Z').config({
    User: '65532',
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/ko-app', 'KO_DATA_PATH=/var/run/ko'],
    Entrypoint: ['/ko-app/controller'],
    WorkingDir: '/',
  });
  const author = {
    author: 'ko',
    comment: 'go build output, at /ko-app/controller',
    created_by: 'ko build ko://git.example.com/shop/controller',
  };
  return built(config, [['bazel build //static:static_root_amd64_debian12', 0.8 * MB, '']])
    .rawLayer(
      { bytes: Buffer.from('ko data'), extra: { size: 132 } },
      { ...author, comment: 'kodata contents, at $KO_DATA_PATH' },
    )
    .rawLayer({ bytes: Buffer.from('ko binary'), extra: { size: 14.6 * MB } }, author);
}

function nginx(changes: Readonly<Record<string, unknown>>): ImageBuilder {
  const config = linux().config({
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'NGINX_VERSION=1.29.1'],
    Entrypoint: ['/docker-entrypoint.sh'],
    Cmd: ['nginx', '-g', 'daemon off;'],
    StopSignal: 'SIGQUIT',
    Labels: { maintainer: 'NGINX Docker Maintainers <docker-maint@nginx.com>' },
    ...changes,
  });
  return built(config, [
    ...debianSlim,
    ['LABEL maintainer=NGINX Docker Maintainers <docker-maint@nginx.com>'],
    ['ENV NGINX_VERSION=1.29.1'],
    [
      'RUN /bin/sh -c set -x     && groupadd --system --gid 101 nginx     && apt-get install --no-install-recommends --no-install-suggests -y nginx=1.29.1 gettext-base # buildkit',
      43.9 * MB,
    ],
    ['COPY docker-entrypoint.sh / # buildkit', 628],
    ['ENTRYPOINT ["/docker-entrypoint.sh"]'],
    ['STOPSIGNAL SIGQUIT'],
    ['CMD ["nginx" "-g" "daemon off;"]'],
  ]);
}

/** buildah's default: the OCI format loses the HEALTHCHECK that its history still tells of, and one layer holds the whole stage. */
function buildahService(user: string): ImageBuilder {
  const config = linux().config({
    User: user,
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    Entrypoint: ['/usr/bin/dumb-init', '--'],
    Cmd: ['/opt/app/bin/server'],
    ExposedPorts: { '9090/tcp': {} },
    Labels: {
      'io.buildah.version': '1.41.4',
      'org.opencontainers.image.source': 'https://git.example.com/shop/worker',
    },
  });
  return built(
    config,
    [
      ['/bin/sh -c #(nop) ADD file:6b1f2 in / ', 38.9 * MB],
      ['/bin/sh -c #(nop) COPY dir:0d2c0 in /opt/app '],
      ['/bin/sh -c #(nop) HEALTHCHECK --interval=30s CMD /opt/app/bin/healthcheck'],
      ['/bin/sh -c #(nop) USER app'],
      ['/bin/sh -c #(nop) CMD ["/opt/app/bin/server"]', 22 * MB, 'FROM registry.example.com/base/debian:12'],
    ],
    '',
  );
}

/** A batch program: runs, writes its result, ends. */
function batchJob(): ImageBuilder {
  const config = linux().config({
    User: '10001',
    Env: ['PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin', 'PYTHONUNBUFFERED=1'],
    Entrypoint: ['tini', '--', 'python', '-m', 'report'],
    WorkingDir: '/app',
    Labels: { 'org.opencontainers.image.source': 'https://git.example.com/shop/report' },
  });
  return built(config, [
    ...debianSlim,
    [
      'RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends python3 tini && rm -rf /var/lib/apt/lists/* # buildkit',
      14.2 * MB,
    ],
    ['COPY /opt/venv /opt/venv # buildkit', 31.5 * MB],
    ['USER 10001'],
    ['ENTRYPOINT ["tini" "--" "python" "-m" "report"]'],
  ]);
}

/** A password of an index given as a build argument, by the legacy builder. */
function pythonArgument(): ImageBuilder {
  const index = ['https://build:', 'Kj8vQ2mZx4', '@pypi.example.com/simple'].join('');
  const config = linux()
    .config({ User: '1000', Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['python', 'app.py'], WorkingDir: '/app' })
    .configDocument({ docker_version: '20.10.24' });
  return built(
    config,
    [
      ['/bin/sh -c #(nop) ADD file:9a4f77 in / ', 29.1 * MB],
      ['/bin/sh -c #(nop)  CMD ["bash"]'],
      ['/bin/sh -c #(nop) WORKDIR /app', 100],
      ['/bin/sh -c #(nop)  ARG PIP_INDEX_URL'],
      [`|1 PIP_INDEX_URL=${index} /bin/sh -c pip install --no-cache-dir -r requirements.txt`, 41.2 * MB],
      ['/bin/sh -c #(nop) COPY file:77ab in /app/app.py ', 3000],
      ['/bin/sh -c #(nop)  USER 1000'],
      ['/bin/sh -c #(nop)  CMD ["python" "app.py"]'],
    ],
    '',
  );
}

function windowsService(user: string): ImageBuilder {
  const config = image()
    .docker()
    .platform('windows(10.0.20348.2849)/amd64')
    .configDocument({ created: '2026-10-12T08:30:05Z' })
    .config({
      User: user,
      Entrypoint: ['C:\\app\\server.exe'],
      WorkingDir: 'C:\\app',
      Healthcheck: { Test: ['CMD', 'C:\\app\\server.exe', '--check'] },
    });
  return config
    .rawLayer(
      {
        bytes: Buffer.from('windows base'),
        mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
        extra: { size: 122 * MB, urls: ['https://layers.example.com/windows/nanoserver'] },
      },
      { created_by: 'Apply image 10.0.20348.2849' },
    )
    .rawLayer(
      { bytes: Buffer.from('windows app'), extra: { size: 4_100_000 } },
      { created_by: 'cmd /S /C #(nop) COPY dir:1b2c in C:\\app ' },
    );
}

/** What an attacker would publish. */
function hostile(): ImageBuilder {
  return built(
    linux().config({
      User: '4294967296',
      Cmd: ['/bin/server'],
      Volumes: { '/data/../../../../var/lib/kubelet/pki': {} },
      Labels: { 'containerd.io/restart.loguri': 'binary:///bin/sh?-c=id', 'containerd.io/restart.status': 'running' },
    }),
    [['COPY rootfs / # buildkit', 2.1 * MB]],
  );
}

/** A machine of the old kind in a container: SSH, root, shell form. */
function shellServer(): ImageBuilder {
  return built(
    linux('amd64', '2024-02-01T00:00:00Z').config({
      Entrypoint: ['/bin/sh', '-c', '/usr/sbin/sshd && /opt/legacy/run.sh'],
      ExposedPorts: { '22/tcp': {}, '8080/tcp': {} },
      Healthcheck: { Test: ['NONE'] },
    }),
    [
      ['/bin/sh -c #(nop) ADD file:ab12 in / ', 80 * MB, ''],
      ['RUN /bin/sh -c apt-get update && apt-get install -y openssh-server build-essential # buildkit', 171 * MB],
      ['COPY . /opt/legacy # buildkit', 12 * MB],
    ],
  );
}

function model(): BuiltImage {
  return image()
    .rawLayer(
      {
        bytes: Buffer.from('weights'),
        mediaType: 'application/vnd.example.model.weights.v1',
        extra: { size: 180 * MB },
      },
      null,
    )
    .buildArtifact('application/vnd.example.model.v1+json');
}

/** By the name of the file that holds their facts. */
export const sampleImages: Readonly<Record<string, BuiltImage>> = {
  'node-service': nodeService('amd64').build(),
  'node-service-arm64': nodeService('arm64').build(),
  'node-single-stage': nodeSingleStage().build(),
  'go-service': goService().build(),
  nginx: nginx({ ExposedPorts: { '80/tcp': {} } }).build(),
  'nginx-unprivileged': nginx({ User: '101', ExposedPorts: { '8080/tcp': {} } }).build(),
  'buildah-service': buildahService('app').build(),
  'buildah-alias': buildahService('toor').build(),
  'batch-job': batchJob().build(),
  'python-argument': pythonArgument().build(),
  'windows-service': windowsService('ContainerUser').build(),
  'windows-administrator': windowsService('ContainerAdministrator').build(),
  hostile: hostile().build(),
  'shell-server': shellServer().build(),
  'go-single-stage': goSingleStage().build(),
  'python-single-stage': pythonSingleStage().build(),
  'debian-base': debianBase().build(),
  model: model(),
};

export function factsOfSample(sample: BuiltImage): ImageFacts {
  const manifest = parseManifest(sample.bytes, { contentType: sample.mediaType }, limits);
  if (manifest.kind === 'index') throw new Error('samples are single images');
  const { digest, config } = sample;
  if (manifest.artifactType !== undefined || config === undefined) return artifactFacts({ digest, manifest, readAt });
  return surfaceFacts({ digest, manifest, config: parseImageConfig(config.bytes, limits), readAt });
}

/** The text of the file that records a sample; with what its layers tell, where that is part of it. */
export function recordOf(name: string, sample: BuiltImage): string {
  return `${JSON.stringify(withContent(factsOfSample(sample), sampleContents[name]), null, 2)}\n`;
}

function withContent(facts: ImageFacts, content: ContentFacts | undefined): ImageFacts {
  if (content === undefined || facts.kind === 'artifact') return facts;
  return { ...facts, coverage: { ...facts.coverage, read: facts.layers.length }, content };
}

if (import.meta.main) {
  const directory = new URL('../../policies/facts/', import.meta.url);
  await mkdir(directory, { recursive: true });
  for (const [name, sample] of Object.entries(sampleImages)) {
    await writeFile(new URL(`${name}.json`, directory), recordOf(name, sample));
  }
}
