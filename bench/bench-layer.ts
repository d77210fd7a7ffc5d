// The layer that reading is measured on: a Debian file system with build tools and a JDK, some 900 MB, made once and kept outside the tree.
import { execFile } from 'node:child_process';
import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

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
  const archive = join(cache, 'layer.tar');
  const layer = { tar: archive, gzip: `${archive}.gz`, zstd: `${archive}.zst` };
  await mkdir(cache, { recursive: true });
  if (!(await exists(archive))) {
    say(`making ${archive} with mmdebstrap, once; this takes a minute or two`);
    const part = join(cache, 'part.tar');
    await run('mmdebstrap', ['--variant=apt', `--include=${packages}`, 'bookworm', part]);
    await rename(part, archive);
  }
  if (!(await exists(layer.gzip))) await run('gzip', ['-6', '-k', archive]);
  if (!(await exists(layer.zstd))) await run('zstd', ['-3', '-q', '-k', archive]);
  return layer;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
