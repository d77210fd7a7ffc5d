// Whose layer is read next, seen from outside: downloads begin in the order of the turns, and never more at a time than may.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { LayerReading, LayerTask, LayerWork } from '../../src/inspection/layer-work.ts';
import { file } from '../support/tar.ts';
import { Gateway, isFault, layerOf, taskOf } from './layer-tasks.ts';
import { oneAtATime, withWork } from './with-work.ts';

const layer = layerOf([file('a', 'content')]);

/** Readings that note their turn, behind one that holds the only place until it is let go. */
class Line {
  readonly begun: string[] = [];
  readonly #gateway = new Gateway();
  readonly #work: LayerWork;
  readonly #first: LayerReading;

  constructor(work: LayerWork) {
    this.#work = work;
    this.#first = work.read(taskOf(layer, { open: this.#gateway.openFor(layer), host: 'first' }));
  }

  add(name: string, given: Partial<LayerTask> = {}): LayerReading {
    const { open } = taskOf(layer);
    return this.#work.read(
      taskOf(layer, {
        ...given,
        open: (signal) => {
          this.begun.push(name);
          return open(signal);
        },
      }),
    );
  }

  async go(...readings: readonly LayerReading[]): Promise<void> {
    this.#gateway.release();
    await Promise.all([this.#first, ...readings].map(({ result }) => result));
  }
}

suite('the next layer', () => {
  test('is that of the host and the tenant whose turn it is', async () => {
    await withWork(oneAtATime, async (work) => {
      const line = new Line(work);
      await line.go(
        line.add('a/x1', { host: 'a', tenant: 'x' }),
        line.add('a/x2', { host: 'a', tenant: 'x' }),
        line.add('a/y1', { host: 'a', tenant: 'y' }),
        line.add('b/x1', { host: 'b', tenant: 'x' }),
      );
      assert.deepEqual(line.begun, ['a/x1', 'b/x1', 'a/y1', 'a/x2']);
    });
  });

  test('is one that somebody waits for, also since just now', async () => {
    await withWork(oneAtATime, async (work) => {
      const line = new Line(work);
      const background = ['one', 'two', 'three'].map((name) => line.add(name, { priority: 'background' }));
      const waiting = line.add('waiting');
      background[1]?.raise();
      await line.go(...background, waiting);
      assert.deepEqual(line.begun, ['waiting', 'two', 'one', 'three']);
    });
  });
});

suite('at a time', () => {
  /** Readings that stay half read; says how many have begun when no more will. */
  async function begun(workers: number, tasks: readonly Partial<LayerTask>[]): Promise<number> {
    const gateways = tasks.map(() => new Gateway());
    let count = 0;
    await withWork({ workers }, async (work) => {
      const readings = tasks.map((given, index) => {
        const open = async () => {
          count += 1;
          return (gateways[index] ?? new Gateway()).openFor(layer)();
        };
        return work.read(taskOf(layer, { ...given, open }));
      });
      // What may begin does so when it is asked for: a reading after them that ends shows that the others have had their chance.
      const last = work.read(taskOf(layer, { host: 'last' }));
      if (count < tasks.length) await last.result;
      for (const gateway of gateways) gateway.release();
      const before = count;
      await Promise.all(readings.map(({ result }) => result));
      count = before;
    });
    return count;
  }

  test('a host has two thirds of the readings, and another host the rest', async () => {
    assert.equal(await begun(1, Array(5).fill({ host: 'slow' })), 2);
    assert.equal(await begun(2, Array(9).fill({ host: 'slow' })), 4);
  });

  test('what nobody waits for leaves one reading free', async () => {
    const tasks = ['a', 'b', 'c', 'd'].map((host) => ({ host, priority: 'background' as const }));
    assert.equal(await begun(1, tasks), 2);
  });

  test('a background reading that is raised makes room for another', async () => {
    await withWork({}, async (work) => {
      const gateways = ['a', 'b', 'c'].map((host) => ({ host, gateway: new Gateway() }));
      const readings = gateways.map(({ host, gateway }) =>
        work.read(taskOf(layer, { host, priority: 'background', open: gateway.openFor(layer) })),
      );
      await Promise.all(gateways.slice(0, 2).map(({ gateway }) => gateway.opened));
      assert.equal(readings[2]?.progress().state, 'queued');
      readings[0]?.raise();
      await gateways[2]?.gateway.opened;
      for (const { gateway } of gateways) gateway.release();
      await Promise.all(readings.map(({ result }) => result));
    });
  });
});

suite('the queue', () => {
  test('refuses what goes beyond its limit, and takes more when it is shorter', async () => {
    const limits = { maxReadingsPerWorker: 1, maxQueuedLayers: 2 };
    await withWork({ limits }, async (work) => {
      const line = new Line(work);
      const [one, two, three] = ['one', 'two', 'three'].map((name) => line.add(name));
      await assert.rejects(three?.result ?? Promise.resolve(), isFault('limit', 'maxQueuedLayers'));
      one?.cancel();
      const four = line.add('four');
      await line.go(...[two, four].filter((reading) => reading !== undefined));
      assert.deepEqual(line.begun, ['two', 'four']);
    });
  });

  test('says its length, and what was read', async () => {
    const lengths: number[] = [];
    const read: number[] = [];
    const metrics = {
      layerQueue: (length: number) => lengths.push(length),
      layerScan: ({ bytes }: { readonly bytes: number }) => read.push(bytes),
    };
    await withWork({ ...oneAtATime, metrics }, async (work) => {
      const line = new Line(work);
      await line.go(line.add('one'), line.add('two'));
    });
    assert.equal(Math.max(...lengths), 2);
    assert.equal(lengths.at(-1), 0);
    assert.deepEqual(read, Array(3).fill(layer.blob.length));
  });
});
