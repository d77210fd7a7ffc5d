// What reading costs: requests counted at the source, shared between callers, and saved by the store.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type BuiltImage, index } from '../support/image.ts';
import { file } from '../support/tar.ts';
import { amd64, arm64, armv7, bench, judged, on, read } from './inspect-bench.ts';

suite('requests', () => {
  const blob = (built: BuiltImage) => `GET blob ${built.config?.digest}`;

  test('a manifest never seen costs the manifest and its config', async () => {
    const { ask, source } = bench(amd64);
    assert.equal(read(await ask()).cache, 'miss');
    assert.deepEqual(source.requests, ['GET 1', blob(amd64)]);
  });

  test('a config that is embedded costs nothing', async () => {
    const config = amd64.config?.bytes ?? Buffer.alloc(0);
    const built = on('linux/amd64')
      .layer([file('a')])
      .configDescriptor({ data: Buffer.from(config).toString('base64') })
      .build();
    const { ask, source } = bench(built);
    assert.deepEqual(judged(await ask()), ['linux/amd64 linux-amd64']);
    assert.deepEqual(source.requests, ['GET 1']);
  });

  test('an index adds its children, all at once', async () => {
    let running = 0;
    let most = 0;
    const { ask, source } = bench(index([amd64, arm64, armv7]), {
      before: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      },
    });
    await ask();
    assert.equal(source.requests.length, 1 + 3 + 3);
    assert.equal(most, 3);
  });

  test('children that are not asked for cost nothing', async () => {
    const { ask, source } = bench(index([amd64, arm64]));
    await ask(':1', ['linux/arm64']);
    assert.deepEqual(source.requests, ['GET 1', `GET ${arm64.digest}`, blob(arm64)]);
  });

  test('a known tag costs one HEAD, a known digest nothing', async () => {
    for (const built of [amd64, index([amd64, arm64])]) {
      const { ask, source } = bench(built);
      await ask();
      const before = source.requests.length;
      assert.equal(read(await ask()).cache, 'revalidated');
      assert.deepEqual(source.requests.slice(before), ['HEAD 1']);
      assert.equal(read(await ask(`@${built.digest}`)).cache, 'hit');
      assert.equal(source.requests.length, before + 1);
    }
  });

  test('a tag that moved to an image with a known child costs no more than what is new', async () => {
    const { ask, source } = bench(index([amd64, arm64]));
    await ask();
    source.retag('1', index([arm64, armv7]));
    const before = source.requests.length;
    await ask();
    assert.deepEqual(source.requests.slice(before), ['GET 1', `GET ${armv7.digest}`, blob(armv7)]);
  });

  test('fifty callers at once read each document once', async () => {
    const { ask, source } = bench(index([amd64, arm64]));
    await Promise.all(Array.from({ length: 50 }, () => ask()));
    for (const request of new Set(source.requests)) {
      const times = source.requests.filter((one) => one === request).length;
      assert.equal(times, request === 'GET 1' ? 50 : 1, request);
    }
  });

  test('facts of another schema are read again', async () => {
    const { ask, source, store } = bench(amd64);
    await ask();
    const known = store.documents.get(amd64.digest);
    assert.ok(known?.kind === 'facts');
    const older = JSON.parse(JSON.stringify(known));
    older.facts.schema = 0;
    store.documents.set(amd64.digest, older);
    await ask();
    assert.deepEqual(source.requests.slice(2), ['GET 1', blob(amd64)]);
  });

  test('what is stored is plain JSON', async () => {
    const { ask, store } = bench(
      index([{ image: amd64, extra: { data: Buffer.from(amd64.bytes).toString('base64') } }]),
    );
    await ask();
    for (const document of store.documents.values()) {
      assert.equal(JSON.stringify(JSON.parse(JSON.stringify(document))), JSON.stringify(document));
      assert.ok(!JSON.stringify(document).includes('"data"'));
    }
  });

  test('what is stored of an index has no credential in it, whoever annotated what', async () => {
    const token = ['gh', 'p_', 'zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ', '0mLq17'].join('');
    const annotations = { [token]: token };
    const urls = [`https://mirror.example.com/${token}`];
    const annotated = index([{ image: amd64, extra: { annotations, urls } }], { fields: { annotations } });
    const { ask, store } = bench(annotated);
    assert.deepEqual(judged(await ask()), ['linux/amd64 linux-amd64']);
    assert.equal(store.documents.get(annotated.digest)?.kind, 'index');
    for (const document of store.documents.values()) assert.ok(!JSON.stringify(document).includes(token));
  });
});
