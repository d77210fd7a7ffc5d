// Measures finding secrets: what is found of the corpus, and how fast; beside gitleaks where there is one.
// node bench/secrets.ts [--tree <folder>]
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { searchedKeywords } from '../src/secrets/byte-search.ts';
import { defaultFileScanLimits } from '../src/secrets/file-scan-limits.ts';
import { createFileScanner } from '../src/secrets/file-scanner.ts';
import { KeywordScan } from '../src/secrets/keyword-scan.ts';
import { type CorpusFile, corpus } from '../test/secrets/corpus.ts';
import { findGitleaks, searchWithGitleaks } from './gitleaks.ts';
import { megabytes, table } from './table.ts';

const run = promisify(execFile);
const chunkBytes = 1024 ** 2;
/** As much of a tree as is held in memory, so that the disk is not measured. */
const maxTreeBytes = 150e6;
const rounds = 2;
const scanner = createFileScanner(defaultFileScanLimits);

const { values } = parseArgs({ options: { tree: { type: 'string', default: '/usr/lib' } } });

function hasFinding({ path, bytes }: CorpusFile): boolean {
  scanner.begin({ path, size: bytes.length });
  for (let at = 0; at < bytes.length; at += chunkBytes) scanner.write(bytes.subarray(at, at + chunkBytes), at);
  return scanner.end().length > 0;
}

/** The files of a folder in which gitleaks finds something, as paths in it. */
async function gitleaksFindings(gitleaks: string, folder: string): Promise<ReadonlySet<string>> {
  const report = join(folder, '..', 'report.json');
  const options = ['--no-banner', '--exit-code', '0', '--max-archive-depth', '2', '--report-format', 'json'];
  await run(gitleaks, ['dir', folder, ...options, '--report-path', report], { maxBuffer: 2 ** 28 });
  const findings: unknown = JSON.parse(await readFile(report, 'utf8'));
  const paths = Array.isArray(findings) ? findings.map(fileOf) : [];
  return new Set(paths.map((path) => path.slice(folder.length + 1).split('!')[0] ?? ''));
}

function fileOf(finding: unknown): string {
  return typeof finding === 'object' && finding !== null && 'File' in finding ? String(finding.File) : '';
}

async function compareOnCorpus(gitleaks: string | undefined): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-corpus-'));
  const rows: (readonly string[])[] = [];
  const totals = { ours: { right: 0, wrong: 0 }, theirs: { right: 0, wrong: 0 }, secrets: 0 };
  try {
    for (const [name, { holdsSecrets, files }] of Object.entries(corpus)) {
      const tree = join(folder, 'tree');
      for (const { path, bytes } of files) {
        await mkdir(dirname(join(tree, path)), { recursive: true });
        await writeFile(join(tree, path), bytes);
      }
      const ours = files.filter(hasFinding).length;
      const found = gitleaks === undefined ? undefined : await gitleaksFindings(gitleaks, tree);
      const theirs = files.filter(({ path }) => found?.has(path)).length;
      await rm(tree, { recursive: true });
      const kind = holdsSecrets ? 'right' : 'wrong';
      totals.ours[kind] += ours;
      totals.theirs[kind] += theirs;
      if (holdsSecrets) totals.secrets += files.length;
      rows.push([
        name,
        `${files.length}`,
        holdsSecrets ? 'all' : 'none',
        `${ours}`,
        found === undefined ? '-' : `${theirs}`,
      ]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  for (const line of table(['group', 'files', 'should', 'tidewaiter', 'gitleaks'], rows)) say(line);
  for (const [name, { right, wrong }] of Object.entries({ tidewaiter: totals.ours, gitleaks: totals.theirs })) {
    if (name === 'gitleaks' && gitleaks === undefined) continue;
    say(`${name}: recall ${percent(right / totals.secrets)}, precision ${percent(right / (right + wrong))}`);
  }
}

async function filesBelow(folder: string): Promise<readonly CorpusFile[]> {
  const files: CorpusFile[] = [];
  let left = maxTreeBytes;
  for await (const path of pathsBelow(folder)) {
    if ((await stat(path)).size > left) continue;
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    left -= bytes.length;
    files.push({ path: path.slice(1), bytes });
  }
  return files;
}

/** `readdir` with `recursive` follows links, also those that lead in a circle. */
async function* pathsBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* pathsBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** Bytes for each microsecond of CPU time, the best of some rounds: megabytes a second of one core. */
function rate(bytes: number, work: () => void): number {
  let best = 0;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, bytes / (user + system));
  }
  return best;
}

async function measureSpeed(folder: string, gitleaks: string | undefined): Promise<void> {
  const files = await filesBelow(folder);
  const all = Buffer.concat(files.map(({ bytes }) => bytes));
  const pieces = Array.from({ length: Math.ceil(all.length / chunkBytes) }, (_, index) =>
    all.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  const packed = pieces.map((piece) => gzipSync(piece));
  const keywords = new KeywordScan(searchedKeywords, chunkBytes);
  const gunzip = rate(all.length, () => {
    for (const piece of packed) gunzipSync(piece, { chunkSize: chunkBytes });
  });
  const pass = rate(all.length, () => {
    for (const piece of pieces) {
      keywords.buffer.set(piece);
      keywords.scan({ from: 0, known: piece.length, to: piece.length }, () => {});
    }
  });
  const nested = scanner.coverage();
  const whole = rate(all.length, () => {
    for (const file of files) hasFinding(file);
  });
  const opened = (scanner.coverage().bytes - nested.bytes) / rounds - all.length;
  say(
    `\n${folder}: ${files.length} files, ${megabytes(all.length)} MB, and ${megabytes(opened)} MB in archives inside; CPU time of one core`,
  );
  const rows = Object.entries({ gunzip, 'keyword pass': pass, 'whole scanner': whole }).map(([name, speed]) => [
    name,
    speed.toFixed(0),
    (speed / gunzip).toFixed(2),
  ]);
  if (gitleaks !== undefined) {
    const { speed, bytes, searched } = await gitleaksRate(gitleaks, files);
    const name = `gitleaks dir, which searched ${megabytes(searched)} of ${megabytes(bytes)} MB`;
    rows.push([name, speed.toFixed(1), (speed / gunzip).toFixed(3)]);
  }
  for (const line of table(['stage', 'MB/s', 'gunzip = 1'], rows)) say(line);
}

/** On the first files of the tree only: it takes long. Programs it leaves out. */
async function gitleaksRate(
  gitleaks: string,
  files: readonly CorpusFile[],
): Promise<{ readonly speed: number; readonly bytes: number; readonly searched: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-tree-'));
  let bytes = 0;
  for (const file of files) {
    if (bytes > maxTreeBytes / 3) break;
    await mkdir(dirname(join(folder, 'tree', file.path)), { recursive: true });
    await writeFile(join(folder, 'tree', file.path), file.bytes);
    bytes += file.bytes.length;
  }
  const { cpuMs, searchedBytes } = await searchWithGitleaks(gitleaks, join(folder, 'tree'));
  await rm(folder, { recursive: true });
  return { speed: bytes / cpuMs / 1000, bytes, searched: searchedBytes };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const gitleaks = await findGitleaks(say);
await compareOnCorpus(gitleaks);
await measureSpeed(values.tree, gitleaks);
