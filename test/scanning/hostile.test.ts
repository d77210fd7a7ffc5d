// Sources and threads that do their worst: every reading ends, in its own Fault, and the next one is not held up.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Fault } from '../../src/base/fault.ts';
import type { LayerTask, LayerWork } from '../../src/inspection/layer-work.ts';
import { defaultScanLimits } from '../../src/inspection/scan-limits.ts';
import { file, tar } from '../support/tar.ts';
import { Gateway, isFault, layerOf, layerOfBlob, taskOf } from './layer-tasks.ts';
import { type Odd, oddType } from './odd-types.ts';
import { oddProgram, oneAtATime, withWork } from './with-work.ts';

const layer = layerOf([file('a', 'content')]);
const user = { kind: 'unset' } as const;
const bases = { known: [] };

async function readsOn(work: LayerWork): Promise<void> {
  await work.read(taskOf(layer)).result;
}

/** Lets time pass for the timers of this thread, once everything that can happen without it has begun. */
async function pass(t: TestContext, seconds: number): Promise<void> {
  await setImmediate();
  t.mock.timers.tick(seconds * 1000);
}

const { maxScanSeconds, maxLettingGoSeconds, maxFoldSeconds } = defaultScanLimits;

const never = new Promise<never>(() => undefined);

suite('sources', () => {
  let closed = 0;
  const silent = (closing: () => Promise<IteratorResult<Uint8Array>>): AsyncIterable<Uint8Array> => ({
    [Symbol.asyncIterator]: () => ({
      next: () => never,
      return() {
        closed += 1;
        return closing();
      },
    }),
  });
  const hung: readonly (readonly [claim: string, open: () => Promise<AsyncIterable<Uint8Array>>, closed: number])[] = [
    ['never a byte', async () => silent(async () => ({ done: true, value: undefined })), 1],
    ['never a byte, and never closed', async () => silent(() => never), 1],
    ['never opened', () => never, 0],
  ];
  for (const [claim, open, times] of hung) {
    test(`${claim}: ends at the time limit, and its place is free`, async (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      closed = 0;
      await withWork(oneAtATime, async (work) => {
        const reading = work.read(taskOf(layer, { open }));
        await pass(t, maxScanSeconds);
        await assert.rejects(reading.result, isFault('limit', 'maxScanSeconds'));
        await readsOn(work);
      });
      assert.equal(closed, times);
    });
  }

  test('opened when nobody wants it any more: is closed', async () => {
    const opening = Promise.withResolvers<AsyncIterable<Uint8Array>>();
    const isClosed = Promise.withResolvers<void>();
    await withWork({}, async (work) => {
      const reading = work.read(taskOf(layer, { open: () => opening.promise }));
      await readsOn(work);
      reading.cancel();
      opening.resolve({
        [Symbol.asyncIterator]: () => ({
          next: () => never,
          async return() {
            isClosed.resolve();
            return { done: true, value: undefined };
          },
        }),
      });
      await isClosed.promise;
    });
  });

  test('an error midway is the Fault of the reading itself', async () => {
    const fault = new Fault('registry/unreachable', 'the connection broke');
    await withWork(oneAtATime, async (work) => {
      const open = async function* () {
        yield layer.blob.subarray(0, 10);
        throw fault;
      };
      await assert.rejects(work.read(taskOf(layer, { open: async () => open() })).result, (thrown) => thrown === fault);
      await assert.rejects(
        work.read(taskOf(layer, { open: () => Promise.reject(fault) })).result,
        (thrown) => thrown === fault,
      );
      await readsOn(work);
    });
  });

  test('an error that is no Fault is a bug, with its cause', async () => {
    await withWork({}, async (work) => {
      const bug = new TypeError('a bug');
      const reading = work.read(taskOf(layer, { open: () => Promise.reject(bug) }));
      await assert.rejects(reading.result, (thrown) => isFault('internal')(thrown) && causeOf(thrown) === bug);
    });
  });

  test('endless bytes stop soon after the announced size', async () => {
    let taken = 0;
    const open = async function* () {
      for (;;) {
        taken += 64 * 1024;
        yield Buffer.alloc(64 * 1024);
      }
    };
    const announced = { ...layer, descriptor: { ...layer.descriptor, size: 1024 ** 2 } };
    await withWork({ limits: { maxBytesOnTheWay: 1024 ** 2 } }, async (work) => {
      const reading = work.read(taskOf(announced, { open: async () => open() }));
      await assert.rejects(reading.result, isFault('integrity/size'));
    });
    assert.ok(taken <= 4 * 1024 ** 2, `${taken} bytes were taken`);
  });

  test('no more is taken than the thread keeps up with', async () => {
    let taken = 0;
    const open = async function* () {
      for (;;) {
        taken += 64 * 1024;
        yield Buffer.alloc(64 * 1024);
      }
    };
    await withWork({ program: oddProgram, limits: { maxBytesOnTheWay: 1024 ** 2 } }, async (work) => {
      const reading = work.read(odd('idle', { open: async () => open() }));
      await readsOn(work);
      await readsOn(work);
      reading.cancel();
    });
    assert.ok(taken >= 1024 ** 2 && taken <= 2 * 1024 ** 2, `${taken} bytes were taken`);
  });

  test('many small chunks that are all there leave turns to everybody else', async () => {
    const chunks = 64 * 100;
    let turns = 0;
    let isOver = false;
    const plain = tar([file('a', Buffer.alloc(5000))]);
    const small = layerOfBlob(gzipSync(plain), plain);
    const open = async function* () {
      for (let index = 0; index < chunks; index += 1) yield new Uint8Array();
      yield small.blob;
      isOver = true;
    };
    await withWork({}, async (work) => {
      const { result } = work.read(taskOf(small, { open: async () => open() }));
      for (; !isOver; turns += 1) await setImmediate();
      await result;
    });
    assert.ok(turns >= chunks / 64, `${turns} turns`);
  });
});

function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error ? thrown.cause : undefined;
}

/** A task that `odd-worker.ts` treats in its way. */
function odd(how: Odd, given: Parameters<typeof taskOf>[1] = {}): ReturnType<typeof taskOf> {
  return taskOf({ ...layer, descriptor: { ...layer.descriptor, mediaType: oddType(how) } }, given);
}

/** Counts the threads that are started meanwhile. */
async function threadsStarted(work: () => Promise<void>): Promise<number> {
  let count = 0;
  const counted = () => {
    count += 1;
  };
  process.on('worker', counted);
  try {
    await work();
  } finally {
    process.off('worker', counted);
  }
  return count;
}

suite('threads', () => {
  const ends: readonly (readonly [claim: string, how: Odd, isItsFault: (thrown: unknown) => boolean])[] = [
    ['exits', 'exit', (thrown) => isFault('internal')(thrown) && /exit code 3/.test(String(causeOf(thrown)))],
    [
      'has a bug outside of any reading',
      'crash',
      (thrown) => isFault('internal')(thrown) && /a bug/.test(String(causeOf(thrown))),
    ],
    ['needs too much memory', 'heap', isFault('limit', 'maxWorkerHeapBytes')],
  ];
  const limits = { maxWorkerHeapBytes: 64 * 1024 ** 2 };
  for (const [claim, how, isItsFault] of ends) {
    test(`one that ${claim} over its only layer fails that layer, and is replaced`, async () => {
      const started = await threadsStarted(() =>
        withWork({ program: oddProgram, limits }, async (work) => {
          await assert.rejects(work.read(odd(how)).result, isItsFault);
          await readsOn(work);
        }),
      );
      assert.equal(started, 2);
    });

    test(`one that ${claim} over one of its layers fails that layer alone: each is read again by itself`, async () => {
      let opened = 0;
      const started = await threadsStarted(() =>
        withWork({ program: oddProgram, limits }, async (work) => {
          const gateway = new Gateway();
          const neighbour = work.read(
            taskOf(layer, {
              open: () => {
                opened += 1;
                return opened === 1 ? gateway.openFor(layer)() : taskOf(layer).open(new AbortController().signal);
              },
            }),
          );
          await gateway.opened;
          await assert.rejects(work.read(odd(how)).result, isItsFault);
          const read = await neighbour.result;
          assert.equal(read.digest, layer.descriptor.digest);
          assert.equal(gateway.isClosed, false, 'the first download is let go of, though it never moves');
          gateway.release();
          await readsOn(work);
        }),
      );
      assert.equal(opened, 2);
      assert.equal(started, 4, 'the first, one for each of the two, and the next');
    });
  }

  test('what ends a thread of its own again is not tried a third time', async () => {
    let opened = 0;
    const open: LayerTask['open'] = (signal) => {
      opened += 1;
      return taskOf(layer).open(signal);
    };
    await withWork({ program: oddProgram }, async (work) => {
      const both = [odd('exit', { open }), odd('exit', { open })].map((task) => work.read(task).result);
      for (const result of both) await assert.rejects(result, isFault('internal'));
      await readsOn(work);
    });
    assert.equal(opened, 4);
  });

  test('a fold beside a layer that ends the thread is folded again', async () => {
    await withWork({ program: oddProgram }, async (work) => {
      const broken = work.read(odd('exit')).result;
      const folded = work.fold({ layers: [], user, bases });
      await assert.rejects(broken, isFault('internal'));
      assert.equal((await folded).kind, 'folded');
    });
  });

  test('neighbours of a layer that does not let go are read again when their thread is ended', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    await withWork({ program: oddProgram }, async (work) => {
      const stuck = work.read(odd('hang')).result;
      await pass(t, maxScanSeconds - 1);
      const neighbour = work.read(taskOf(layer));
      await pass(t, 1);
      await assert.rejects(stuck, isFault('limit', 'maxScanSeconds'));
      await pass(t, maxLettingGoSeconds);
      await neighbour.result;
    });
  });

  test('what has to be read by itself waits in a line of its own, and can be given up', async () => {
    await withWork({ program: oddProgram }, async (work) => {
      const gateway = new Gateway();
      let opened = 0;
      const again = Promise.withResolvers<void>();
      const open = async () => {
        opened += 1;
        if (opened === 3) again.resolve();
        return gateway.openFor(layer)();
      };
      const [first, second] = [1, 2].map(() => work.read(taskOf(layer, { open })));
      assert.ok(first && second);
      await gateway.opened;
      const guilty = work.read(odd('exit', { host: 'another.example.com' })).result;
      await again.promise;
      await readsOn(work);
      assert.equal(first.progress().state, 'reading');
      assert.equal(second.progress().state, 'queued');
      second.cancel();
      await assert.rejects(second.result, isFault('cancelled'));
      const ends = [assert.rejects(first.result, isFault('cancelled')), assert.rejects(guilty)];
      await work.close();
      await Promise.all(ends);
      assert.equal(opened, 3);
    });
  });

  test('a bug in reading a layer fails that layer alone', async () => {
    const started = await threadsStarted(() =>
      withWork({ program: oddProgram }, async (work) => {
        await assert.rejects(work.read(odd('bug')).result, (thrown) => /a bug/.test(String(causeOf(thrown))));
        await readsOn(work);
      }),
    );
    assert.equal(started, 1);
  });

  test('one that hangs is ended some time after the limit, and replaced', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const started = await threadsStarted(() =>
      withWork({ ...oneAtATime, program: oddProgram }, async (work) => {
        const { result } = work.read(odd('hang'));
        const next = work.read(taskOf(layer));
        await pass(t, maxScanSeconds);
        await assert.rejects(result, isFault('limit', 'maxScanSeconds'));
        await pass(t, maxLettingGoSeconds - 1);
        assert.equal(next.progress().state, 'queued');
        await pass(t, 1);
        await next.result;
      }),
    );
    assert.equal(started, 2);
  });

  test('one that takes nothing and lets go stays', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const started = await threadsStarted(() =>
      withWork({ ...oneAtATime, program: oddProgram }, async (work) => {
        const { result } = work.read(odd('idle'));
        await pass(t, maxScanSeconds);
        await assert.rejects(result, isFault('limit', 'maxScanSeconds'));
        await readsOn(work);
        await pass(t, maxLettingGoSeconds);
        await readsOn(work);
      }),
    );
    assert.equal(started, 1);
  });

  test('one whose fold hangs is ended and replaced', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const started = await threadsStarted(() =>
      withWork({ program: oddProgram }, async (work) => {
        const folded = work.fold({ layers: [], user: { kind: 'malformed', raw: '' }, bases });
        await pass(t, maxFoldSeconds);
        await assert.rejects(folded, isFault('limit', 'maxFoldSeconds'));
        await readsOn(work);
        await work.fold({ layers: [], user, bases });
      }),
    );
    assert.equal(started, 2);
  });

  test('folds wait in a line that has an end', async () => {
    await withWork({ limits: { maxQueuedFolds: 1 } }, async (work) => {
      const folds = [1, 2, 3].map(() => work.fold({ layers: [], user, bases }));
      await assert.rejects(folds[2] ?? never, isFault('limit', 'maxQueuedFolds'));
      await Promise.all(folds.slice(0, 2));
    });
  });

  test('a program that cannot be run fails every reading, after one start each', async () => {
    const started = await threadsStarted(() =>
      withWork({ ...oneAtATime, program: new URL('./no-program.ts', import.meta.url) }, async (work) => {
        const readings = [1, 2, 3].map(() => work.read(taskOf(layer)));
        for (const { result } of readings) await assert.rejects(result, isFault('internal'));
      }),
    );
    assert.equal(started, 3);
  });
});

suite('giving up', () => {
  test('a layer that waits: it is never asked for', async () => {
    await withWork(oneAtATime, async (work) => {
      const gateway = new Gateway();
      const first = work.read(taskOf(layer, { open: gateway.openFor(layer) }));
      let isOpened = false;
      const open = async () => {
        isOpened = true;
        return taskOf(layer).open(new AbortController().signal);
      };
      const second = work.read(taskOf(layer, { open }));
      second.cancel();
      await assert.rejects(second.result, isFault('cancelled'));
      gateway.release();
      await first.result;
      await readsOn(work);
      assert.equal(isOpened, false);
    });
  });

  test('a layer whose download begins: the signal aborts, and the place is free', async () => {
    await withWork(oneAtATime, async (work) => {
      const begins = Promise.withResolvers<AbortSignal>();
      const open = (signal: AbortSignal) => {
        begins.resolve(signal);
        return never;
      };
      const reading = work.read(taskOf(layer, { open }));
      const signal = await begins.promise;
      reading.cancel();
      assert.equal(signal.aborted, true);
      await assert.rejects(reading.result, isFault('cancelled'));
      await readsOn(work);
    });
  });

  test('a layer that is half read: the source is closed, and the place is free', async () => {
    await withWork(oneAtATime, async (work) => {
      const gateway = new Gateway();
      const reading = work.read(taskOf(layer, { open: gateway.openFor(layer) }));
      await gateway.opened;
      await setImmediate();
      assert.equal(reading.progress().state, 'reading');
      reading.cancel();
      await assert.rejects(reading.result, isFault('cancelled'));
      await readsOn(work);
      gateway.release();
      await setImmediate();
      assert.equal(gateway.isClosed, true);
    });
  });

  test('a layer that has been read: changes nothing', async () => {
    await withWork({}, async (work) => {
      const reading = work.read(taskOf(layer));
      const before = await reading.result;
      reading.cancel();
      assert.equal(await reading.result, before);
    });
  });

  test('all of it: what waits, what is read and what is folded ends, and nothing begins any more', async () => {
    await withWork({ ...oneAtATime, program: oddProgram }, async (work) => {
      const gateway = new Gateway();
      const readings = [1, 2].map(() => work.read(taskOf(layer, { open: gateway.openFor(layer) })));
      const fold = work.fold({ layers: [], user: { kind: 'malformed', raw: '' }, bases });
      const line = work.fold({ layers: [], user, bases });
      const ends = [...readings.map(({ result }) => result), line].map((end) =>
        assert.rejects(end, isFault('cancelled')),
      );
      const ending = assert.rejects(fold, isFault('cancelled'));
      await gateway.opened;
      await work.close();
      await Promise.all([...ends, ending]);
      await assert.rejects(work.read(taskOf(layer)).result, isFault('cancelled'));
      await assert.rejects(work.fold({ layers: [], user, bases }), isFault('cancelled'));
    });
  });
});
