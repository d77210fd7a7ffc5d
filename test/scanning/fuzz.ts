// The fuzzer of layers as a program: `node test/scanning/fuzz.ts [SECONDS] [SEED]`. Prints the seed that it used and what came of it.
import { fuzzLayers } from './fuzz-layers.ts';

const [, , seconds = '60', seed = String(Date.now() % 1_000_000_000)] = process.argv;
const end = performance.now() + Number(seconds) * 1000;
process.stdout.write(`seed ${seed}\n`);
const outcomes = await fuzzLayers({ seed: Number(seed), goOn: () => performance.now() < end });
for (const [outcome, count] of Object.entries(outcomes))
  process.stdout.write(`${String(count).padStart(8)} ${outcome}\n`);
