// Measures what docs/performance.md shows, one part after the other, and prints ratios beside their targets.
// node bench/bench.ts [part…]
import { cpus, loadavg } from 'node:os';
import { measureBesideScans } from './beside-scans.ts';
import { measureColdAdmission } from './cold.ts';
import { measureGrowth } from './growth.ts';
import { measureLayers } from './layers.ts';
import { measureWarmAdmission } from './warm.ts';

type Say = (line?: string) => void;

const parts = new Map<string, (say: Say) => Promise<void>>([
  ['warm', measureWarmAdmission],
  ['cold', measureColdAdmission],
  ['layers', measureLayers],
  ['beside-scans', measureBesideScans],
  ['growth', measureGrowth],
]);

const say: Say = (line = '') => {
  process.stdout.write(`${line}\n`);
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...parts.keys()];
const unknown = wanted.filter((name) => !parts.has(name));
if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}; there are ${[...parts.keys()].join(', ')}`);

const start = performance.now();
say(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
say(`load of the machine before: ${loadavg()[0]?.toFixed(1)}; figures of a busy one say little, ratios more`);
for (const name of wanted) {
  say();
  await parts.get(name)?.(say);
}
say();
say(`measured in ${((performance.now() - start) / 60_000).toFixed(1)} minutes`);
