// The other program that finding secrets is held against: built from its Go module where there is Go, and run on folders.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const installer = fileURLToPath(new URL('../scripts/install-gitleaks', import.meta.url));

export const gitleaksVersion = /^version=(\S+)/m.exec(readFileSync(installer, 'utf8'))?.[1] ?? 'unknown';

/** Path of the program. Where it cannot be had, says so. */
export async function findGitleaks(say: (line: string) => void): Promise<string | undefined> {
  try {
    await run('go', ['version']);
  } catch {
    say('NOT COMPARED with gitleaks: there is no Go on this machine to build it with');
    return undefined;
  }
  try {
    return (await run(installer)).stdout.trim();
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : '';
    say(`NOT COMPARED with gitleaks, which could not be built: ${why}`);
    return undefined;
  }
}

export interface GitleaksRun {
  readonly wallMs: number;
  /** Of all its threads. */
  readonly cpuMs: number;
  /** What it looked into, by its own account. */
  readonly searchedBytes: number;
  /** Whether it came to the end within the time it had. */
  readonly isComplete: boolean;
}

const mostSeconds = 300;

/** `gitleaks dir` as it is without options, on every file of a folder. */
export async function searchWithGitleaks(gitleaks: string, folder: string): Promise<GitleaksRun> {
  const script = `TIMEFORMAT='%R %U %S'; time "$0" dir "$1" --no-banner --no-color --exit-code 0 --timeout ${mostSeconds}`;
  const { stderr } = await run('bash', ['-c', script, gitleaks, folder], { maxBuffer: 2 ** 28 });
  const [wall = 0, user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  const searchedBytes = Number(/scanned ~(\d+) bytes/.exec(stderr)?.[1] ?? 0);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, searchedBytes, isComplete: wall < mostSeconds };
}
