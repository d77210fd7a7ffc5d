// Two hundred small images that both shipped policies allow, and the reviews that use them.

import { type BuiltImage, image } from '../test/support/image.ts';
import { file } from '../test/support/tar.ts';
import { deploymentReview } from './reviews.ts';

/** What both shipped policies have nothing against. */
export const serviceConfig = {
  User: '10001:10001',
  Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_ENV=production', 'PORT=8080', 'LANG=C.UTF-8'],
  Entrypoint: ['/sbin/tini', '--', 'node', '/app/server.js'],
  Healthcheck: { Test: ['CMD', 'node', '/app/health.js'] },
  ExposedPorts: { '8080/tcp': {} },
};

/** Differ in one label, and so in every digest. */
export function benchImages(count: number): readonly BuiltImage[] {
  const created = new Date().toISOString();
  const base = image()
    .configDocument({ created })
    .layer([file('etc/os-release', 'ID=debian\n')], 'ADD rootfs.tar.xz / # buildkit')
    .step('CMD ["bash"]')
    .layer([file('sbin/tini', 'tini')], 'COPY /usr/bin/tini /sbin/tini # buildkit')
    .layer([file('app/server.js', 'listen()')], 'COPY /build/dist /app # buildkit');
  return Array.from({ length: count }, (_, index) =>
    base
      .config({
        ...serviceConfig,
        Labels: { 'org.opencontainers.image.source': `https://git.example.com/shop/service-${index}` },
      })
      .build(),
  );
}

/** Bodies that differ in uid, name and images: `count` reviews of Deployments with three containers each. */
export function reviewBodies(count: number, references: readonly string[]): readonly string[] {
  const at = (index: number): string => references[index % references.length] ?? '';
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify(deploymentReview(index, [at(index), at(index * 7 + 1), at(index * 13 + 2)])),
  );
}
