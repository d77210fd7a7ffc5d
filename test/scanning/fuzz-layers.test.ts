// A short run of the fuzzer, always with the same samples: `make fuzz` runs it for as long as one likes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzLayers } from './fuzz-layers.ts';

test('any bytes give true facts or a Fault', async () => {
  const outcomes = await fuzzLayers({ seed: 20_261_123, goOn: (round) => round < 6 });
  // A fuzzer whose samples all end in the same way tries little.
  for (const outcome of ['facts', 'image/malformed', 'integrity/digest', 'integrity/size', 'integrity/diff-id']) {
    assert.ok((outcomes[outcome] ?? 0) > 0, `no sample gives ${outcome}: ${JSON.stringify(outcomes)}`);
  }
});
