// Namespace labels: kept by list and watch, read live when unknown, and never made up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, sendJson } from '../support/fake-apiserver.ts';
import { type ConnectedOptions, connect } from './connected.ts';

const namespaces = '/api/v1/namespaces';
const signal = (): AbortSignal => AbortSignal.timeout(5_000);

function withNamespace(name: string, labels: Readonly<Record<string, string>>): ConnectedOptions {
  return { prepare: (api) => api.put(namespaces, { metadata: { name, labels } }) };
}

test('labels of a listed namespace are answered without another request', async () => {
  await using connected = await connect(withNamespace('shop', { tier: 'production' }));
  const { api, cluster } = connected;
  await eventually('the list', () => cluster.synced());
  const before = api.seen.filter(({ url }) => url.includes('/shop')).length;
  assert.deepEqual({ ...(await cluster.namespaceLabels('shop', signal())) }, { tier: 'production' });
  assert.equal(api.seen.filter(({ url }) => url.includes('/shop')).length, before);
});

test('a list is read in pages', async () => {
  await using connected = await connect({
    limits: { pageSize: 2 },
    prepare: (api) =>
      ['a', 'b', 'c', 'd'].forEach((name) => {
        api.put(namespaces, { metadata: { name, labels: { name } } });
      }),
  });
  const { api, cluster } = connected;
  await eventually('the list', () => cluster.synced());
  assert.deepEqual({ ...(await cluster.namespaceLabels('d', signal())) }, { name: 'd' });
  const pages = api.seen.filter(({ url }) => url.startsWith(`${namespaces}?limit=2`));
  assert.equal(pages.length, 3, 'kube-system and four more, two a page');
});

test('a watch carries changes, new namespaces and removals', async () => {
  await using connected = await connect(withNamespace('shop', { tier: 'production' }));
  const { api, cluster } = connected;
  await eventually('the watch', () => api.openWatches() === 1);
  api.put(namespaces, { metadata: { name: 'shop', labels: { tier: 'test' } } });
  api.put(namespaces, { metadata: { name: 'late', labels: { late: 'yes' } } });
  api.remove(namespaces, 'kube-system');
  let labels: Readonly<Record<string, string>> = {};
  for (let attempts = 0; labels['tier'] !== 'test' && attempts < 200; attempts += 1) {
    labels = await cluster.namespaceLabels('shop', signal());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual({ ...labels }, { tier: 'test' });
  assert.deepEqual({ ...(await cluster.namespaceLabels('late', signal())) }, { late: 'yes' });
  await assert.rejects(cluster.namespaceLabels('kube-system', signal()), { code: 'kubernetes/unavailable' });
});

test('a namespace missing from the cache is read live, once for all who ask', async () => {
  await using connected = await connect();
  const { api, cluster } = connected;
  await eventually('the list', () => cluster.synced());
  api.script((request, response) => {
    if (request.url !== `${namespaces}/new`) return false;
    setTimeout(() => sendJson(response, 200, { metadata: { name: 'new', labels: { new: 'yes' } } }), 20);
    return true;
  });
  const answers = await Promise.all([1, 2, 3].map(() => cluster.namespaceLabels('new', signal())));
  assert.deepEqual(
    answers.map((labels) => labels['new']),
    ['yes', 'yes', 'yes'],
  );
  assert.equal(api.seen.filter(({ url }) => url === `${namespaces}/new`).length, 1);
});

test('labels named like properties of objects are labels', async () => {
  await using connected = await connect({
    prepare: (api) =>
      api.script((request, response) => {
        if (request.url !== `${namespaces}/odd`) return false;
        response.end('{"metadata":{"name":"odd","labels":{"__proto__":"x","constructor":"y"}}}');
        return true;
      }),
  });
  const labels = await connected.cluster.namespaceLabels('odd', signal());
  assert.deepEqual(Object.entries(labels), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

const failures: readonly { readonly claim: string; readonly status: number; readonly code: string }[] = [
  { claim: 'a namespace that does not exist is a failure that may pass', status: 404, code: 'kubernetes/unavailable' },
  { claim: 'a role that does not cover namespaces is forbidden', status: 403, code: 'kubernetes/forbidden' },
  { claim: 'a token that is not accepted is forbidden', status: 401, code: 'kubernetes/forbidden' },
  { claim: 'a server error is a failure that may pass', status: 500, code: 'kubernetes/unavailable' },
  { claim: 'a throttled request is a failure that may pass', status: 429, code: 'kubernetes/unavailable' },
];

for (const { claim, status, code } of failures) {
  test(`${claim}, never an empty set of labels`, async () => {
    await using connected = await connect({
      prepare: (api) =>
        api.script((_, response) => {
          sendJson(response, status, { kind: 'Status', code: status });
          return true;
        }),
    });
    await assert.rejects(connected.cluster.namespaceLabels('shop', signal()), { code });
    assert.equal(connected.cluster.synced(), false);
  });
}

test('names that would make another request are refused before any request', async () => {
  await using connected = await connect();
  const { api, cluster } = connected;
  await eventually('the watch', () => api.openWatches() === 1);
  const before = api.seen.filter(({ url }) => url.startsWith(namespaces)).length;
  for (const name of ['..', '.', '', 'a/../b', 'a?watch=true', 'UPPER', `${'a'.repeat(254)}`, 'a..b', 'a%2fb']) {
    await assert.rejects(cluster.namespaceLabels(name, signal()), { code: 'kubernetes/unavailable' });
  }
  assert.equal(api.seen.filter(({ url }) => url.startsWith(namespaces)).length, before);
});

test('an API server that is away at the start is asked until it is there', async () => {
  await using connected = await connect({
    ...withNamespace('shop', { tier: 'production' }),
    prepare: async (api) => {
      api.put(namespaces, { metadata: { name: 'shop', labels: { tier: 'production' } } });
      await api.stop();
    },
  });
  const { api, cluster, logged } = connected;
  await assert.rejects(cluster.namespaceLabels('shop', signal()), { code: 'kubernetes/unavailable' });
  assert.equal(cluster.synced(), false);
  await api.start();
  await eventually('the list', () => cluster.synced());
  assert.deepEqual({ ...(await cluster.namespaceLabels('shop', signal())) }, { tier: 'production' });
  assert.deepEqual(
    logged.filter(({ text }) => text.includes('"what":"namespaces"')).map(({ level }) => level),
    ['warn', 'info'],
    'told once when it failed and once when it was there again',
  );
});

test('what was last known keeps serving while the API server is away, and is replaced when it is back', async () => {
  await using connected = await connect(withNamespace('shop', { tier: 'production' }));
  const { api, cluster } = connected;
  await eventually('the watch', () => api.openWatches() === 1);
  await api.stop();
  assert.deepEqual({ ...(await cluster.namespaceLabels('shop', signal())) }, { tier: 'production' });
  await assert.rejects(cluster.namespaceLabels('new', signal()), { code: 'kubernetes/unavailable' });
  api.remove(namespaces, 'shop');
  await api.start();
  await eventually('the second watch', () => api.seen.filter(({ url }) => url.includes('watch=true')).length === 2);
  await assert.rejects(cluster.namespaceLabels('shop', signal()), { code: 'kubernetes/unavailable' });
});

const broken: readonly { readonly claim: string; readonly line: string }[] = [
  { claim: 'an expired watch', line: '{"type":"ERROR","object":{"kind":"Status","code":410}}' },
  { claim: 'a line that is not JSON', line: '{"type":' },
  { claim: 'an event of an unknown type', line: '{"type":"SURPRISE","object":{}}' },
];

for (const { claim, line } of broken) {
  test(`after ${claim} everything is listed anew`, async () => {
    await using connected = await connect();
    const { api } = connected;
    const lists = (): number => api.seen.filter(({ url }) => url.startsWith(`${namespaces}?limit`)).length;
    await eventually('the watch', () => api.openWatches() === 1);
    const before = lists();
    api.sendToWatches(line);
    await eventually('another list', () => lists() === before + 1 && api.openWatches() === 1);
  });
}

test('a bookmark moves the place from which the next watch goes on', async () => {
  await using connected = await connect();
  const { api } = connected;
  await eventually('the watch', () => api.openWatches() === 1);
  api.sendToWatches('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"777"}}}');
  api.endWatches();
  await eventually('the next watch', () => api.seen.some(({ url }) => url.includes('resourceVersion=777')));
});

test('a watch line longer than the limit is refused and everything is listed anew', async () => {
  await using connected = await connect({ limits: { maxApiResponseBytes: 4_096 } });
  const { api, logged } = connected;
  await eventually('the watch', () => api.openWatches() === 1);
  api.sendToWatches('x'.repeat(5_000));
  await eventually('the failure', () => logged.some(({ text }) => text.includes('"code":"limit"')));
});

test('an answer that does not come ends with the caller, who need not wait for it', async () => {
  await using connected = await connect();
  const { api, cluster } = connected;
  api.script((request) => (request.url ?? '').endsWith('/slow'));
  const controller = new AbortController();
  const answer = cluster.namespaceLabels('slow', controller.signal);
  await eventually('the request', () => api.seen.some(({ url }) => url.endsWith('/slow')));
  controller.abort(new Error('enough'));
  await assert.rejects(answer, { message: 'enough' });
});

test('a read that fails for a passing reason is repeated so many times and no more', async () => {
  await using connected = await connect({ limits: { maxRetries: 2 } });
  const { api, cluster } = connected;
  await eventually('the list', () => cluster.synced());
  api.script((request, response) => {
    if (!(request.url ?? '').endsWith('/ill')) return false;
    sendJson(response, 503, {});
    return true;
  });
  await assert.rejects(cluster.namespaceLabels('ill', signal()), { code: 'kubernetes/unavailable' });
  assert.equal(api.seen.filter(({ url }) => url.endsWith('/ill')).length, 3);
});

test('a refusal is not repeated', async () => {
  await using connected = await connect({ limits: { maxRetries: 2 } });
  const { api, cluster } = connected;
  await eventually('the list', () => cluster.synced());
  api.script((request, response) => {
    if (!(request.url ?? '').endsWith('/closed')) return false;
    sendJson(response, 403, {});
    return true;
  });
  await assert.rejects(cluster.namespaceLabels('closed', signal()), { code: 'kubernetes/forbidden' });
  assert.equal(api.seen.filter(({ url }) => url.endsWith('/closed')).length, 1);
});
