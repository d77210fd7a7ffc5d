// Worker threads as programs: from the sources and as compiled, in a process of their own, which ends when there is nothing to do.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { file } from '../support/tar.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { layerOf } from './layer-tasks.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const layer = layerOf([file('a', 'content')]);

/** A program that reads a layer, prints its digest, and closes nothing. */
function programFor(sources: URL, ending: 'ts' | 'js'): string {
  const from = (path: string) => JSON.stringify(new URL(`${path}.${ending}`, sources).href);
  return `
    import { createLayerWork } from ${from('scanning/layer-work')};
    import { defaultScanLimits } from ${from('inspection/scan-limits')};
    import { defaultLayerLimits } from ${from('layers/layer-limits')};
    const work = createLayerWork({ workers: 1, limits: defaultScanLimits, layerLimits: defaultLayerLimits, now: Date.now });
    const open = async function* () { yield Buffer.from('${Buffer.from(layer.blob).toString('base64')}', 'base64'); };
    const task = ${JSON.stringify({ descriptor: layer.descriptor, diffId: layer.diffId, priority: 'waiting', host: 'h', tenant: 't' })};
    const { digest } = await work.read({ ...task, open: async () => open() }).result;
    const { plainBytes } = await work.fold({ layers: [], user: { kind: 'unset' }, bases: { known: [] } });
    console.log(digest, plainBytes);
  `;
}

async function printed(program: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { timeout: 60_000 });
  return stdout.trim();
}

suite('the program of a worker thread', () => {
  const answer = `${layer.descriptor.digest} 0`;

  test('runs from its sources, and keeps no process alive', async () => {
    assert.equal(await printed(programFor(new URL('../../src/', import.meta.url), 'ts')), answer);
  });

  test('runs as it is compiled', async (t) => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    const built = join(directory, 'dist');
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'tsconfig.build.json'), '--outDir', built]);
    assert.equal(await printed(programFor(pathToFileURL(`${built}/`), 'js')), answer);
  });
});
