// Worker threads as programs: from the sources and as compiled, in a process of their own, which ends when there is nothing to do.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { getPriority, platform } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { file } from '../support/tar.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { layerOf, taskOf } from './layer-tasks.ts';
import { withWork } from './with-work.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const layer = layerOf([file('a', 'content')]);

function beginningFor(sources: URL, ending: 'ts' | 'js'): string {
  const from = (path: string) => JSON.stringify(new URL(`${path}.${ending}`, sources).href);
  return `
    import { createLayerWork } from ${from('scanning/layer-work')};
    import { defaultScanLimits } from ${from('inspection/scan-limits')};
    import { defaultLayerLimits } from ${from('layers/layer-limits')};
    import { layerWorker } from ${from('cli/layer-work-options')};
    import { defaultRegistrySettings } from ${from('registry/settings')};
    const start = () => createLayerWork({
      workers: 1, limits: defaultScanLimits, layerLimits: defaultLayerLimits, now: Date.now, program: layerWorker, channels: defaultRegistrySettings,
    });
    const open = async function* () { yield Buffer.from('${Buffer.from(layer.blob).toString('base64')}', 'base64'); };
    const task = ${JSON.stringify({ descriptor: layer.descriptor, diffId: layer.diffId, priority: 'waiting', host: 'h', tenant: 't' })};
  `;
}

/** A program that reads a layer, prints its digest, and closes nothing. */
function programFor(sources: URL, ending: 'ts' | 'js'): string {
  return `${beginningFor(sources, ending)}
    const work = start();
    const { digest } = await work.read({ ...task, open: async () => open() }).result;
    const { content: { plainBytes } } = await work.fold({ layers: [], user: { kind: 'unset' }, bases: { known: [] } });
    console.log(digest, plainBytes);
  `;
}

async function printed(program: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { timeout: 60_000 });
  return stdout.trim();
}

/** Of each thread of this process, the first one first (proc(5), `stat`, field 19). */
async function priorities(): Promise<readonly number[]> {
  const threads = (await readdir('/proc/self/task')).sort((one, other) => Number(one) - Number(other));
  const states = await Promise.all(threads.map((thread) => readFile(`/proc/self/task/${thread}/stat`, 'utf8')));
  return states.map((state) => Number(state.slice(state.lastIndexOf(')')).split(' ')[17]));
}

suite('the program of a worker thread', () => {
  const answer = `${layer.descriptor.digest} 0`;

  test('runs from its sources, and keeps no process alive', async () => {
    assert.equal(await printed(programFor(new URL('../../src/', import.meta.url), 'ts')), answer);
  });

  test('is waited for when it is closed, also when its last answers have come and nobody has looked at them', async () => {
    const program = `${beginningFor(new URL('../../src/', import.meta.url), 'ts')}
      for (let round = 0; round < 8; round += 1) {
        const work = start();
        await work.read({ ...task, open: async () => open() }).result;
        work.read({ ...task, open: async () => open() });
        await new Promise((resolve) => setTimeout(resolve, 3));
        for (const until = performance.now() + 150; performance.now() < until; );
        await work.close();
      }
      console.log('closed');
    `;
    assert.equal(await printed(program), 'closed');
  });

  test('gives way to everything else, and nothing else does', { skip: platform() !== 'linux' }, async () => {
    await withWork({}, async (work) => {
      const before = await priorities();
      await work.read(taskOf(layer)).result;
      const after = await priorities();
      assert.deepEqual([before.filter((one) => one === 10).length, after.filter((one) => one === 10).length], [0, 1]);
      assert.equal(getPriority(), before[0]);
    });
  });

  test('runs as it is compiled', async (t) => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
    const built = join(directory, 'dist');
    await run(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'tsconfig.build.json'), '--outDir', built]);
    assert.equal(await printed(programFor(pathToFileURL(`${built}/`), 'js')), answer);
  });
});
