// The layer that reading is measured on: a Debian file system with build tools and a JDK, some 900 MB, made once and kept outside the tree.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Digest, parseDigest } from '../src/oci/digest.ts';

const run = promisify(execFile);

/** Outside the tree, so that a clean checkout finds it again. */
const cache = '/var/tmp/tidewaiter-bench';
const packages = 'build-essential,python3,git,curl,cmake,openjdk-17-jdk-headless,ca-certificates';

/** Paths of one archive in three forms. */
export interface BenchLayer {
  readonly tar: string;
  readonly gzip: string;
  readonly zstd: string;
}

export async function benchLayer(say: (line: string) => void): Promise<BenchLayer> {
  const tar = join(cache, 'layer.tar');
  await mkdir(cache, { recursive: true });
  return {
    tar: await made(tar, (part) => {
      say(`making ${tar} with mmdebstrap, once; this takes a minute or two`);
      return run('mmdebstrap', ['--quiet', '--variant=apt', `--include=${packages}`, 'bookworm', part]);
    }),
    gzip: await made(`${tar}.gz`, (part) => run('bash', ['-c', 'gzip -6 <"$0" >"$1"', tar, part])),
    zstd: await made(`${tar}.zst`, (part) => run('zstd', ['-3', '-q', tar, '-o', part])),
  };
}

/** The same layer as a folder of files, for programs that read no archives. Devices are left out. */
export function benchTree({ tar }: BenchLayer): Promise<string> {
  return made(join(cache, 'tree'), async (part) => {
    await mkdir(part);
    await run('tar', ['-xf', tar, '-C', part, '--exclude=./dev/*', '--no-same-owner']);
  });
}

/** Nothing that was interrupted is taken for the whole; mmdebstrap tells by the ending what it is to write. */
async function made(path: string, make: (part: string) => Promise<unknown>): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  const part = join(cache, 'part.tar');
  await rm(part, { recursive: true, force: true });
  await make(part);
  await rename(part, path);
  return path;
}

export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return parseDigest(`sha256:${hash.digest('hex')}`);
}
