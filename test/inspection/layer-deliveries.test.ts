// Layers and several replicas: each layer is claimed while it is read and no longer, and nobody looks for what nobody waits for.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault } from '../../src/base/fault.ts';
import type { FactsStore } from '../../src/inspection/facts-store.ts';
import { memoryFacts } from '../support/memory-facts.ts';
import { ask, bench, Clock, code, factsOf, held, one, settled } from './content-bench.ts';

const facts = factsOf(one);

/** Whether another replica may read the layer now; gives it back at once. */
async function isFree(store: FactsStore, index = 0, host = 'registry.example.com'): Promise<boolean> {
  const claim = await store.claim(`layer ${host} ${one.layers[index]?.digest}`, 1);
  await claim?.release();
  return claim !== undefined;
}

/** As another replica does that reads all of the image. */
function claimAll(store: FactsStore) {
  return Promise.all(one.layers.map(({ digest }) => store.claim(`layer registry.example.com ${digest}`, 600_000)));
}

/** Two replicas that share a store and a clock. */
function replicas() {
  const clock = new Clock();
  const store = memoryFacts(clock.now);
  return { clock, store };
}

suite('the claim of a layer', () => {
  test('is held as long as it is read, however long that takes, and not longer', async () => {
    const { clock, store } = replicas();
    const gate = held();
    const reading = ask(bench([one], { store, clock, until: gate.until }).content, facts);
    for (let minute = 0; minute < 15; minute += 1) {
      await clock.pass(60);
      assert.equal(await isFree(store), false, `after ${minute + 1} minutes`);
    }
    gate.release();
    await reading;
    assert.equal(await isFree(store), true);
    await settled();
    assert.equal(clock.waiting, 0);
  });

  test('ends a minute after the replica that had it died', async () => {
    const { clock, store } = replicas();
    const dead = new Clock();
    void ask(bench([one], { store, clock: dead, until: held().until }).content, facts);
    await clock.pass(59);
    assert.equal(await isFree(store), false);
    await clock.pass(1);
    assert.equal(await isFree(store), true);
  });

  test('is not held while the layer waits for its turn', async () => {
    const { clock, store } = replicas();
    const gate = held();
    const reading = ask(bench([one], { store, clock, before: () => gate.until }).content, facts);
    await settled();
    assert.equal(await isFree(store), true);
    gate.release();
    await reading;
  });

  test('is given back when the reading fails', async () => {
    const { clock, store } = replicas();
    const down = new Fault('registry/unreachable', 'the registry is down');
    await assert.rejects(
      ask(bench([one], { store, clock, refuse: () => down }).content, facts),
      code('registry/unreachable'),
    );
    await settled();
    assert.equal(await isFree(store), true);
    assert.equal(clock.waiting, 0);
  });

  test('is of one host: another that is slow holds nobody up', async () => {
    const { clock, store } = replicas();
    const slow = bench([one], { store, clock, until: held().until });
    void ask(slow.content, facts, { host: 'slow.example.com' });
    await settled();
    assert.equal(await isFree(store, 0, 'slow.example.com'), false);
    await ask(bench([one], { store, clock }).content, facts);
  });
});

suite('a layer that another replica reads', () => {
  test('is left to it, until that one has put it', async () => {
    const { clock, store } = replicas();
    const gate = held();
    const first = ask(bench([one], { store, clock, until: gate.until }).content, facts);
    await settled();
    const { content, opened } = bench([one], { store, clock });
    const second = ask(content, facts);
    await clock.pass(300);
    gate.release();
    assert.deepEqual(await clock.passUntil(second), await first);
    assert.deepEqual(opened, []);
  });

  test('is read here once that one has given up', async () => {
    const { clock, store } = replicas();
    const claims = await claimAll(store);
    const { content, opened } = bench([one], { store, clock });
    const reading = ask(content, facts);
    await clock.pass(300);
    assert.deepEqual(opened, []);
    for (const claim of claims) await claim?.release();
    await clock.passUntil(reading);
    assert.equal(opened.length, 2);
  });

  test('is not read again here when its turn comes after that one is done', async () => {
    const { clock, store } = replicas();
    const gate = held();
    const { content, opened } = bench([one], { store, clock, before: () => gate.until });
    const waiting = ask(content, facts);
    await ask(bench([one], { store, clock }).content, facts);
    gate.release();
    await waiting;
    assert.deepEqual(opened, []);
    assert.equal(await isFree(store), true);
  });

  test('is looked for as long as somebody waits, and not longer', async () => {
    const { clock, store } = replicas();
    let looks = 0;
    const counting: FactsStore = {
      ...store,
      claim: async () => {
        looks += 1;
        return undefined;
      },
    };
    const { content, opened } = bench([one], { store: counting, clock });
    const [first, second] = [new AbortController(), new AbortController()];
    const ends = [first, second].map(({ signal }) =>
      assert.rejects(ask(content, facts, { signal }), code('image/pending')),
    );
    await clock.pass(10);
    assert.equal(looks, 22);
    first.abort();
    await clock.pass(10);
    assert.equal(looks, 42);
    second.abort();
    await Promise.all(ends);
    await clock.pass(1);
    looks = 0;
    await clock.pass(100);
    assert.deepEqual([looks, clock.waiting], [0, 0]);
    assert.deepEqual(opened, []);
  });

  test('is looked for again for who comes when nobody waited any more', async () => {
    const { clock, store } = replicas();
    const claims = await claimAll(store);
    const { content, opened } = bench([one], { store, clock });
    const gone = new AbortController();
    const left = assert.rejects(ask(content, facts, { signal: gone.signal }), code('image/pending'));
    await settled();
    gone.abort();
    await left;
    await clock.pass(5);
    const back = ask(content, facts);
    await clock.pass(5);
    for (const claim of claims) await claim?.release();
    await clock.passUntil(back);
    assert.equal(opened.length, 2);
  });
});

suite('a reader that is closed', () => {
  test('gives up what it reads, gives its claims back, and leaves nothing behind', async () => {
    const { clock, store } = replicas();
    const { content } = bench([one], { store, clock, until: held().until });
    const reading = assert.rejects(ask(content, facts), code('cancelled'));
    await settled();
    assert.equal(await isFree(store), false);
    await content.close();
    assert.equal(await isFree(store), true);
    await reading;
    await settled();
    assert.equal(clock.waiting, 0);
  });

  test('looks for nothing any more, and begins nothing', async () => {
    const { clock, store } = replicas();
    const busy: FactsStore = { ...store, claim: async () => undefined };
    const { content, opened } = bench([one], { store: busy, clock });
    const looking = assert.rejects(ask(content, facts), code('cancelled'));
    await settled();
    await content.close();
    await looking;
    await assert.rejects(ask(content, facts), code('cancelled'));
    assert.deepEqual([opened.length, clock.waiting], [0, 0]);
  });
});
