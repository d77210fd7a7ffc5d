// The images of the demonstration: one application built well, and the same application with one mistake each.
import { type BuiltImage, type ImageBuilder, image } from '../test/support/image.ts';
import { file, tar, whiteout } from '../test/support/tar.ts';

export interface Sample {
  readonly name: string;
  /** How it was built, in a few words. */
  readonly story: string;
  readonly built: BuiltImage;
}

/** A layer of one file of this size. It is not compressed, so that a large one is made in no time. */
function bulk(builder: ImageBuilder, path: string, mebibytes: number, createdBy: string): ImageBuilder {
  const layer = {
    bytes: tar([file(path, new Uint8Array(mebibytes * 1024 * 1024))]),
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
  };
  return builder.rawLayer(layer, { created_by: `${createdBy} # buildkit`, comment: 'buildkit.dockerfile.v0' });
}

/** Assembled here, so that a scan of this repository finds nothing: no such token was ever issued. */
const sampleToken = ['glpat', '-', 'Zx9', 'kQ2vT', '7mWb4', 'Rj8nLsP'].join('');

function base(): ImageBuilder {
  const system = bulk(
    image().configDocument({ created: new Date().toISOString() }),
    'usr/lib/libc.so.6',
    6,
    'ADD rootfs.tar.xz /',
  ).step('CMD ["bash"]');
  return bulk(system, 'usr/local/bin/node', 30, 'COPY /usr/local/bin/node /usr/local/bin/node');
}

function application(): ImageBuilder {
  const started = base().layer([file('sbin/tini', 'tini')], 'COPY /usr/bin/tini /sbin/tini # buildkit');
  return bulk(started, 'app/dist/server.js', 2, 'COPY /build/dist /app/dist');
}

const settings = {
  Labels: { 'org.opencontainers.image.source': 'https://git.example.com/shop/api' },
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'NODE_ENV=production'],
  WorkingDir: '/app',
  User: '10001:10001',
  Entrypoint: ['/sbin/tini', '--', 'node', '/app/dist/server.js'],
  Healthcheck: { Test: ['CMD', 'node', '/app/dist/health.js'], Interval: 30_000_000_000 },
};

function without(key: keyof typeof settings): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== key));
}

/** Single-stage: the compiler, the dev dependencies and the sources travel along. */
function fat(): BuiltImage {
  const compilers = bulk(
    application(),
    'usr/lib/gcc/cc1',
    110,
    'RUN /bin/sh -c apt-get install -y build-essential python3',
  );
  return bulk(compilers, 'app/node_modules/typescript', 190, 'RUN /bin/sh -c npm install').config(settings).build();
}

function leaking(): BuiltImage {
  return application()
    .step({ created_by: `ARG NPM_TOKEN=${sampleToken}`, comment: 'buildkit.dockerfile.v0' })
    .layer(
      [file('app/node_modules/left-pad/index.js', 'x')],
      `RUN |1 NPM_TOKEN=${sampleToken} /bin/sh -c npm ci --omit=dev # buildkit`,
    )
    .config({ ...settings, Env: [...settings.Env, `REGISTRY_TOKEN=${sampleToken}`] })
    .build();
}

/** What `rm` does not take away. */
function forgotten(): BuiltImage {
  const npmrc = `//registry.example.com/:_authToken=${sampleToken}\n`;
  return application()
    .layer([file('root/.npmrc', npmrc)], 'COPY .npmrc /root/.npmrc # buildkit')
    .layer([file('app/node_modules/left-pad/index.js', 'x')], 'RUN /bin/sh -c npm ci --omit=dev # buildkit')
    .layer([whiteout('root/.npmrc')], 'RUN /bin/sh -c rm /root/.npmrc # buildkit')
    .config(settings)
    .build();
}

/** All samples, the good one first. */
export function sampleImages(): readonly Sample[] {
  return [
    {
      name: 'good',
      story: 'multi-stage build, numeric user, health check, init',
      built: application().config(settings).build(),
    },
    { name: 'fat', story: 'one stage: compiler and dev dependencies travel along', built: fat() },
    { name: 'root', story: 'no USER', built: application().config(without('User')).build() },
    {
      name: 'healthless',
      story: 'no HEALTHCHECK, and no probe in the pod',
      built: application().config(without('Healthcheck')).build(),
    },
    { name: 'leaking', story: 'a token as build argument and in ENV', built: leaking() },
    { name: 'forgotten', story: 'a token copied in, used, and removed by a later RUN', built: forgotten() },
  ];
}
