// A process of its own with a store in SQLite: `claim DIRECTORY COUNT`, `prove DIRECTORY NAME` or `write DIRECTORY SEED`, for tests of what processes share.
import { createHash } from 'node:crypto';
import { createSqliteFactsStore } from '../../src/store/sqlite-facts-store.ts';
import { defaultStoreLimits } from '../../src/store/store-limits.ts';
import { encodedLayer } from '../support/encoded-layer.ts';

/** Bytes that only this name has, of a length that only this name has: up to a mebibyte. */
export function bytesOf(name: string): Buffer {
  const hash = createHash('sha256').update(name).digest();
  return Buffer.alloc(1 + (hash.readUInt32LE() % 2 ** (8 + (hash.readUInt8(4) % 13))), hash);
}

function open(directory: string) {
  return createSqliteFactsStore({
    directory,
    limits: { ...defaultStoreLimits, storeReadMs: 60_000, storeLockMs: 60_000 },
    now: Date.now,
    onTrouble: (trouble) => process.stderr.write(`${JSON.stringify(trouble)}\n`),
  });
}

/** Prints, as JSON, which of the pieces of work this process was given. */
async function claim(directory: string, count: number): Promise<void> {
  const store = open(directory);
  const claims = await Promise.all(Array.from({ length: count }, (_, index) => store.claim(`work ${index}`, 600_000)));
  await store.close();
  process.stdout.write(JSON.stringify(claims.flatMap((given, index) => (given === undefined ? [] : [index]))));
}

/** Proves one layer for 150 repositories, one after another. */
async function prove(directory: string, name: string): Promise<void> {
  const store = open(directory);
  for (let index = 0; index < 150; index += 1) {
    const provenBy = [{ registry: `${name}.example.com/${index}`, anonymous: false }];
    await store.putLayer({ layer: encodedLayer('common'), provenBy });
  }
  await store.close();
}

/** Writes until it is killed, and prints a line for each layer that is kept. */
async function write(directory: string, seed: string): Promise<void> {
  const store = open(directory);
  for (let index = 0; ; index += 4) {
    const names = [0, 1, 2, 3].map((offset) => `${seed} ${index + offset}`);
    const layers = names.map((name) => encodedLayer(name, { bytes: bytesOf(name) }));
    await Promise.all(
      layers.map((layer) => store.putLayer({ layer, provenBy: [{ registry: 'a.example.com', anonymous: false }] })),
    );
    process.stdout.write(`${names.join('\n')}\n`);
  }
}

const [, program, mode, directory, argument] = process.argv;
if (program === import.meta.filename && directory !== undefined && argument !== undefined) {
  if (mode === 'claim') await claim(directory, Number(argument));
  else await (mode === 'prove' ? prove(directory, argument) : write(directory, argument));
}
