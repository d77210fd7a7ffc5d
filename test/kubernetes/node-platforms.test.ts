// Platforms of the nodes: known only when nodes say so, and then kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPlatform } from '../../src/oci/platform.ts';
import { eventually, type FakeApiServer, sendJson } from '../support/fake-apiserver.ts';
import { type Connected, connect } from './connected.ts';

function putNode(api: FakeApiServer, name: string, operatingSystem: string, architecture: string): void {
  api.put('/api/v1/nodes', { metadata: { name }, status: { nodeInfo: { operatingSystem, architecture } } });
}

function platformsOf({ cluster }: Connected): readonly string[] | undefined {
  return cluster.platforms()?.map(formatPlatform);
}

const nodeLists = ({ api }: Connected): number => api.seen.filter(({ url }) => url.startsWith('/api/v1/nodes')).length;

test('each platform of the nodes is told once, in the words of images', async () => {
  await using connected = await connect({
    limits: { pageSize: 2 },
    prepare: (api) => {
      putNode(api, 'a', 'linux', 'amd64');
      putNode(api, 'b', 'linux', 'arm64');
      putNode(api, 'c', 'linux', 'amd64');
      putNode(api, 'd', 'linux', 'arm');
      putNode(api, 'e', 'windows', 'amd64');
    },
  });
  await eventually('the nodes', () => connected.cluster.platforms() !== undefined);
  assert.deepEqual(platformsOf(connected), ['linux/amd64', 'linux/arm/v7', 'linux/arm64', 'windows/amd64']);
});

const unknown: readonly { readonly claim: string; readonly prepare: (api: FakeApiServer) => void }[] = [
  {
    claim: 'without nodes',
    prepare: (api) => {
      putNode(api, 'a', 'linux', 'amd64');
      api.remove('/api/v1/nodes', 'a');
    },
  },
  {
    claim: 'when nodes do not say what they are',
    prepare: (api) => api.put('/api/v1/nodes', { metadata: { name: 'a' } }),
  },
  {
    claim: 'when the role does not cover nodes',
    prepare: (api) =>
      api.script((request, response) => {
        if (!(request.url ?? '').startsWith('/api/v1/nodes')) return false;
        sendJson(response, 403, {});
        return true;
      }),
  },
];

for (const { claim, prepare } of unknown) {
  test(`platforms are unknown ${claim}, which is not the same as none`, async () => {
    await using connected = await connect({ prepare });
    await eventually('the first look', () => nodeLists(connected) > 0 && connected.cluster.synced());
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(connected.cluster.platforms(), undefined);
  });
}

test('nodes are looked at again, and the last known platforms outlive the server’s absence', async () => {
  await using connected = await connect({
    limits: { nodesRefreshMs: 5 },
    prepare: (api) => putNode(api, 'a', 'linux', 'amd64'),
  });
  await eventually('the nodes', () => connected.cluster.platforms() !== undefined);
  putNode(connected.api, 'b', 'linux', 'arm64');
  await eventually('the new node', () => connected.cluster.platforms()?.length === 2);
  await connected.api.stop();
  await eventually('the failure', () => connected.logged.some(({ text }) => text.includes('"what":"nodes"')));
  assert.deepEqual(platformsOf(connected), ['linux/amd64', 'linux/arm64']);
});
