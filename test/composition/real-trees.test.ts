// What is installed here, read from an archive that tar made: sums agree with the disk and with what package managers say.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { lstat, readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { compose } from '../../src/composition/compose.ts';
import type { Composition, Leftover } from '../../src/composition/composition.ts';
import { LayerCollector } from '../../src/layers/layer-collector.ts';
import { defaultLayerLimits } from '../../src/layers/layer-limits.ts';
import { StackedTree } from '../../src/layers/stacked-tree.ts';
import { TarReader } from '../../src/layers/tar-reader.ts';
import { skipWithout } from '../support/installed-tools.ts';
import { layerFacts } from './layer-facts.ts';

const run = promisify(execFile);

/** The image whose one layer is these files of a directory. */
async function composed(directory: string, paths: readonly string[], prefix = ''): Promise<Composition> {
  const rename = prefix === '' ? [] : [`--transform=s,^,${prefix},`];
  const { stdout } = await run('tar', ['-cf', '-', '-C', directory, ...rename, ...paths], {
    encoding: 'buffer',
    maxBuffer: 256 * 1024 ** 2,
  });
  const collector = new LayerCollector(defaultLayerLimits, []);
  const reader = new TarReader(collector, defaultLayerLimits);
  reader.push(stdout);
  reader.end();
  const { entries, documents } = collector.build();
  const tree = new StackedTree(defaultLayerLimits);
  tree.apply(entries);
  const facts = { ...layerFacts([], 0), entries, documents, plainBytes: stdout.length, compressedBytes: stdout.length };
  return compose({ layers: [facts], tree, base: { layers: 0, by: 'none' } });
}

function named({ leftovers }: Composition, name: string): Leftover | undefined {
  return leftovers.find((one) => one.name === name);
}

async function output(...[program = '', ...words]: readonly string[]): Promise<string> {
  return (await run(program, words)).stdout;
}

suite('trees that are installed here', () => {
  test('a package of npm that is for development is one, and one that is needed is none', async () => {
    const paths = [
      'package.json',
      'node_modules/.package-lock.json',
      'node_modules/fast-check',
      'node_modules/express',
    ];
    const composition = await composed('.', paths, 'app/');
    const manifest: unknown = JSON.parse(await readFile('node_modules/fast-check/package.json', 'utf8'));
    assert.ok(typeof manifest === 'object' && manifest !== null && 'version' in manifest);
    const found = named(composition, 'fast-check');
    assert.deepEqual([found?.category, found?.version], ['dev-dependencies', manifest.version]);
    assert.equal(named(composition, 'express'), undefined);
    const bytes = (category: string) => composition.categories.find((one) => one.category === category)?.bytes ?? 0;
    assert.equal(bytes('dev-dependencies'), found?.bytes);
    assert.ok(bytes('runtime-dependencies') > 0);
  });

  test('a package of Debian has the bytes that its files have on the disk', {
    skip: skipWithout('dpkg', 'tar'),
  }, async () => {
    let bytes = 0;
    const paths: string[] = ['var/lib/dpkg/status', 'var/lib/dpkg/info/dpkg.list'];
    const seen = new Set<number>();
    for (const path of (await output('dpkg', '-L', 'dpkg')).split('\n')) {
      const found = await lstat(path).catch(() => undefined);
      if (found?.isFile() !== true || seen.has(found.ino)) continue;
      seen.add(found.ino);
      paths.push(path.slice(1));
      bytes += found.size;
    }
    const found = named(await composed('/', paths), 'dpkg');
    assert.deepEqual([found?.category, found?.ecosystem, found?.bytes], ['package-manager', 'debian', bytes]);
    assert.equal(`dpkg\t${found?.version}\n`, await output('dpkg-query', '-W', 'dpkg'));
  });
});
