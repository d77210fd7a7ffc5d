// Reading a real layer of several hundred megabytes: what each stage adds to decompression alone, and how fast `gitleaks dir` is on its files.
import { stat } from 'node:fs/promises';
import { benchLayer, benchTree, digestOfFile } from './bench-layer.ts';
import { findGitleaks, gitleaksVersion, searchWithGitleaks } from './gitleaks.ts';
import { aloneStage, type Layer, wholeStage } from './layer-stages.ts';
import { type Measured, measureStages } from './measure-stage.ts';
import { megabytes, table } from './table.ts';

const rounds = 3;
const leastSpeed = 0.6;
const mostCpu = 2.2;
const leastBesideGitleaks = 10;

type Say = (line: string) => void;

export async function measureLayers(say: Say): Promise<void> {
  const files = await benchLayer(say);
  const { size: bytes } = await stat(files.tar);
  const diffId = await digestOfFile(files.tar);
  const [gzip, zstd] = await Promise.all(
    (['gzip', 'zstd'] as const).map(async (form): Promise<Layer> => {
      const path = files[form];
      return { form, path, size: (await stat(path)).size, digest: await digestOfFile(path), diffId };
    }),
  );
  if (gzip === undefined || zstd === undefined) return;
  say(`reading a layer of ${megabytes(bytes)} MB; each stage the best of ${rounds} in turns, in a process of its own`);
  const measured = await measureStages([gzip, zstd], rounds);
  const gunzip = measured.get(gzip)?.get(aloneStage);
  const ours = measured.get(gzip)?.get(wholeStage);
  if (gunzip === undefined || ours === undefined) return;
  for (const [layer, best] of measured) tell({ layer, bytes, best, gunzip }, say);
  await compareWithGitleaks({ tree: await benchTree(files), bytes, ours }, say);
}

interface MeasuredLayer {
  readonly layer: Layer;
  /** Of the archive. */
  readonly bytes: number;
  readonly best: ReadonlyMap<string, Measured>;
  /** Alone, of the same archive, in the same run. */
  readonly gunzip: Measured;
}

function tell({ layer, bytes, best, gunzip }: MeasuredLayer, say: Say): void {
  say(`\n  ${layer.form}, ${megabytes(layer.size)} MB`);
  const rows = [...best].map(([stage, one]) => [
    stage,
    speed(bytes, one.wallMs),
    ...ratios(one, gunzip),
    (one.cpuMs / 1000).toFixed(2),
    one.maxRssMiB.toFixed(0),
  ]);
  const heads = ['stage', 'MB/s', 'wall, gunzip = 1', 'CPU, gunzip = 1', 'CPU s', 'RSS MiB'];
  for (const line of table(heads, rows)) say(`  ${line}`);
  const [whole, alone] = [best.get(wholeStage), best.get(aloneStage)];
  if (whole === undefined || alone === undefined) return;
  const [wall, cpu] = ratios(whole, gunzip);
  say(`  ${wholeStage}, of gunzip alone: wall ${wall} (target: at least ${leastSpeed.toFixed(2)}; goal: 0.80)`);
  say(`    CPU time ${cpu} times (target: at most ${mostCpu.toFixed(2)})`);
  if (alone === gunzip) return;
  const [ownWall, ownCpu] = ratios(whole, alone);
  say(`  of its own decompressor alone: wall ${ownWall}, CPU time ${ownCpu} times`);
}

/** How many times as fast, and how many times the CPU time. */
function ratios(one: Measured, other: Measured): readonly [string, string] {
  return [(other.wallMs / one.wallMs).toFixed(2), (one.cpuMs / other.cpuMs).toFixed(2)];
}

function speed(bytes: number, ms: number): string {
  return (bytes / ms / 1000).toFixed(ms > 10_000 ? 1 : 0);
}

interface Compared {
  readonly tree: string;
  readonly bytes: number;
  readonly ours: Measured;
}

/** The whole tree, once: it takes long. */
async function compareWithGitleaks({ tree, bytes, ours }: Compared, say: Say): Promise<void> {
  say('');
  const gitleaks = await findGitleaks(say);
  if (gitleaks === undefined) return;
  const { wallMs, cpuMs, searchedBytes, isComplete } = await searchWithGitleaks(gitleaks, tree);
  say(`  beside gitleaks dir ${gitleaksVersion} without options, on the unpacked files of the same layer;`);
  say(`  programs and archives it leaves out: by its own account it searched ${megabytes(searchedBytes)} MB`);
  if (!isComplete) say('  it was STOPPED before it had searched all: it is slower than what follows');
  const rows = Object.entries({ 'gitleaks dir, files': { wallMs, cpuMs }, 'whole scan, gzip layer': ours }).map(
    ([name, one]) => [
      name,
      (one.wallMs / 1000).toFixed(1),
      (one.cpuMs / 1000).toFixed(1),
      speed(bytes, one.wallMs),
      speed(bytes, one.cpuMs),
    ],
  );
  for (const line of table(['', 'wall s', 'CPU s', 'MB/s', 'MB per CPU s'], rows)) say(`  ${line}`);
  const [times, cpuTimes] = [wallMs / ours.wallMs, cpuMs / ours.cpuMs].map((ratio) => ratio.toFixed(1));
  say(`  times as fast: ${times} in wall, ${cpuTimes} in CPU time (target: at least ${leastBesideGitleaks})`);
}
