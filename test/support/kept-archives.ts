// Archives of real file systems that take long to make: made once on a machine, and kept by what they are made of.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Survives a restart of the machine, unlike most that is temporary; may be removed at any time. */
const keptIn = '/var/tmp/tidewaiter-test-bases';

/** Path of the archive; `make` writes it to the path it is given where it is not there yet. Processes may ask at the same time. */
export async function keptArchive(
  name: string,
  recipe: readonly string[],
  make: (path: string) => Promise<unknown>,
): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
  const path = join(keptIn, `${name}-${key}.tar`);
  const isKept = await access(path).then(
    () => true,
    () => false,
  );
  if (isKept) return path;
  await mkdir(keptIn, { recursive: true });
  const place = await mkdtemp(join(keptIn, 'making-'));
  try {
    const made = join(place, 'archive.tar');
    await make(made);
    await rename(made, path);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
  return path;
}

export interface DebianOptions {
  /** `apt`: installed and configured, with apt; `extract`: only unpacked, and quicker. */
  readonly variant: 'apt' | 'extract';
  readonly packages: readonly string[];
  /** Shell; `$1` is the directory with the packages unpacked, and the packages themselves still in apt's cache. */
  readonly hook?: string;
}

/** A Debian of some packages and all that they depend on, from the distribution's own archive. */
export function debianArchive(name: string, { variant, packages, hook }: DebianOptions): Promise<string> {
  const flags = [
    `--variant=${variant}`,
    `--include=${packages.join(',')}`,
    ...(hook === undefined ? [] : [`--extract-hook=${hook}`]),
    'bookworm',
  ];
  return keptArchive(name, flags, (path) => run('mmdebstrap', ['--quiet', ...flags, path]));
}
