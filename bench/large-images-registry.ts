// A registry as a process of its own: the small images of the bench, and four whose one layer is several hundred megabytes.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parseDigest } from '../src/oci/digest.ts';
import { startHostileRegistry } from '../test/support/hostile-registry.ts';
import { image } from '../test/support/image.ts';
import { file, tar } from '../test/support/tar.ts';
import { benchImages, serviceConfig } from './bench-images.ts';

const [, , gzipFile = '', tarFile = '', count = '200', large = '4'] = process.argv;
const registry = await startHostileRegistry();
const small = benchImages(Number(count)).map((built, index) => {
  registry.put(`shop/service-${index}`, '1', built);
  return `${registry.host}/shop/service-${index}@${built.digest}`;
});
const [blob, archive] = [readFileSync(gzipFile), readFileSync(tarFile)];

/** A member of its own before the others makes another layer of the same content. */
const others = Array.from({ length: Number(large) }, (_, index) => {
  const whole = tar([file(`scan-${index}`, String(index))]);
  const first = whole.subarray(0, whole.length - 1024);
  const diffId = parseDigest(`sha256:${createHash('sha256').update(first).update(archive).digest('hex')}`);
  const built = image()
    .config(serviceConfig)
    .rawLayer({ bytes: Buffer.concat([gzipSync(first), blob]), diffId })
    .build();
  registry.put(`scans/large-${index}`, '1', built);
  return `${registry.host}/scans/large-${index}@${built.digest}`;
});
process.send?.({ host: registry.host, small, large: others });
