// Layers of a registry that a worker thread brings in itself, over channels to whoever knows the way.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { LayerTask, LayerWork } from '../../src/inspection/layer-work.ts';
import { defaultScanLimits } from '../../src/inspection/scan-limits.ts';
import { type ImageReference, parseReference } from '../../src/oci/reference.ts';
import { defaultNetworkLimits, defaultRegistrySettings } from '../../src/registry/settings.ts';
import type { HostileRegistry, HostileRegistryOptions } from '../support/hostile-registry.ts';
import { image } from '../support/image.ts';
import {
  accessWith,
  type ClientOptions,
  passwordCredential,
  startRegistryAndClient,
} from '../support/registry-client.ts';
import { file } from '../support/tar.ts';
import { isFault, layerOf, taskOf } from './layer-tasks.ts';
import { oddType } from './odd-types.ts';
import { type GivenWork, oddProgram, withWork } from './with-work.ts';

const layer = layerOf(
  Array.from({ length: 400 }, (_, index) => file(`file-${index}`, String(index * index).repeat(200))),
);
const built = image().rawLayer({ bytes: layer.blob, diffId: layer.diffId }).build();
const user = passwordCredential('deploy', ['pass', 'word'].join(''));

interface Channelled {
  readonly registry: HostileRegistry;
  readonly task: LayerTask;
}

async function startChannel(t: TestContext, options: HostileRegistryOptions & ClientOptions = {}): Promise<Channelled> {
  const { registry, client, name } = await startRegistryAndClient(t, options);
  registry.put('shop/api', 'apart', built);
  const reference: ImageReference = parseReference(`${name}:apart`);
  const open = async (signal: AbortSignal) => {
    const channel = client.channelToLayer?.(reference, layer.descriptor, accessWith([user], signal));
    assert.ok(channel !== undefined);
    return channel;
  };
  return { registry, task: taskOf(layer, { open }) };
}

const limits = { ...defaultNetworkLimits, layerStallMs: 200 };
const given: GivenWork = { channels: { ...defaultRegistrySettings, limits } };

function reads(use: (work: LayerWork) => Promise<void>): Promise<void> {
  return withWork(given, use);
}

suite('a layer at the other end of a channel', () => {
  test('is read as it lies there, with the login that this end has, and counted as it comes', async (t) => {
    const { registry, task } = await startChannel(t, {
      login: { kind: 'bearer', users: { deploy: user.login.password } },
    });
    await reads(async (work) => {
      const reading = work.read(task);
      const { digest, diffId } = await reading.result;
      assert.deepEqual({ digest, diffId }, { digest: layer.descriptor.digest, diffId: layer.diffId });
      assert.deepEqual(reading.progress(), {
        state: 'reading',
        readBytes: layer.blob.length,
        totalBytes: layer.blob.length,
      });
    });
    await registry.idle();
  });

  test('is taken up where its connection broke off', async (t) => {
    const { registry, task } = await startChannel(t);
    registry.behaveOnce(/blobs/, { kind: 'stalled', bytes: 1000 });
    await reads(async (work) => {
      assert.equal((await work.read(task).result).digest, layer.descriptor.digest);
    });
    const asked = registry.requests.filter(({ path }) => path.includes('/blobs/'));
    assert.deepEqual(
      asked.map(({ headers }) => headers['range'] ?? 'whole'),
      ['whole', 'bytes=1000-'],
    );
  });

  test('that the registry refuses is the fault that it is on this end', async (t) => {
    const { registry, task } = await startChannel(t);
    registry.behave(() => ({ kind: 'answer', status: 404, headers: {} }));
    await reads(async (work) => {
      await assert.rejects(work.read(task).result, isFault('registry/not-found'));
    });
  });

  test('at an address that may not be dialled is not dialled there either', async (t) => {
    const { registry, task } = await startChannel(t);
    registry.behave(() => ({ kind: 'redirect', location: 'https://169.254.169.254/latest' }));
    await reads(async (work) => {
      await assert.rejects(work.read(task).result, isFault('registry/address-refused'));
    });
  });

  test('that is given up leaves no connection, and its place to the next', async (t) => {
    const { registry, task } = await startChannel(t, { limits: { maxLayersPerHost: 1 } });
    registry.behaveOnce(/blobs/, { kind: 'stalled', bytes: 1000 });
    await withWork({ channels: defaultRegistrySettings }, async (work) => {
      const first = work.read(task);
      while (!registry.requests.some(({ path }) => path.includes('/blobs/')))
        await new Promise((resolve) => setTimeout(resolve, 1));
      first.cancel();
      await assert.rejects(first.result, isFault('cancelled'));
      assert.equal((await work.read(task).result).digest, layer.descriptor.digest);
    });
    await registry.idle();
  });

  test('whose thread ends leaves its place to the next', async (t) => {
    const { registry, task } = await startChannel(t, { limits: { maxLayersPerHost: 1 } });
    const descriptor = { ...task.descriptor, mediaType: oddType('exit') };
    await withWork({ ...given, program: oddProgram, limits: defaultScanLimits }, async (work) => {
      await assert.rejects(work.read({ ...task, descriptor }).result, isFault('internal'));
    });
    await reads(async (work) => {
      assert.equal((await work.read(task).result).digest, layer.descriptor.digest);
    });
    await registry.idle();
  });
});
