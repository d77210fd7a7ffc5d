// Gate and single flight: who waits, who shares, and who pays when somebody leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGate } from '../../src/base/gate.ts';
import { createSingleFlight } from '../../src/base/single-flight.ts';

const never = new AbortController().signal;

test('a gate runs no more jobs at once than its limit, and all of them in the end, in order', async () => {
  const gate = createGate(3);
  const started: number[] = [];
  let most = 0;
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      gate.run(never, async () => {
        started.push(index);
        most = Math.max(most, gate.running);
        await new Promise(setImmediate);
      }),
    ),
  );
  assert.equal(most, 3);
  assert.deepEqual(started, [...Array(20).keys()]);
  assert.deepEqual([gate.running, gate.waiting], [0, 0]);
});

test('a caller that gives up in the line of a gate leaves it, and the others pass', async () => {
  const gate = createGate(1);
  const release = Promise.withResolvers<void>();
  const first = gate.run(never, () => release.promise);
  const impatient = new AbortController();
  const second = gate.run(impatient.signal, async () => assert.fail('must not run'));
  const third = gate.run(never, async () => 'through');
  impatient.abort(new Error('gone'));
  await assert.rejects(second, /gone/);
  release.resolve();
  await first;
  assert.equal(await third, 'through');
});

test('a job that fails gives its place back', async () => {
  const gate = createGate(1);
  await assert.rejects(
    gate.run(never, () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await gate.run(never, async () => 1), 1);
});

test('fifty callers of one key are one piece of work', async () => {
  const flights = createSingleFlight<number>({ deadlineMs: 10_000 });
  let runs = 0;
  const work = async (): Promise<number> => {
    runs += 1;
    await new Promise(setImmediate);
    return 7;
  };
  assert.deepEqual(
    new Set(await Promise.all(Array.from({ length: 50 }, () => flights.run('k', never, work)))),
    new Set([7]),
  );
  assert.equal(runs, 1);
  await flights.run('k', never, work);
  assert.equal(runs, 2, 'finished work is not kept');
});

test('the first caller may leave and the others still get the answer', async () => {
  const flights = createSingleFlight<string>({ deadlineMs: 10_000 });
  const answer = Promise.withResolvers<string>();
  let aborted = false;
  const work = (signal: AbortSignal): Promise<string> => {
    signal.addEventListener('abort', () => {
      aborted = true;
    });
    return answer.promise;
  };
  const leaver = new AbortController();
  const first = flights.run('k', leaver.signal, work);
  const second = flights.run('k', never, work);
  leaver.abort(new Error('left'));
  await assert.rejects(first, /left/);
  answer.resolve('here');
  assert.equal(await second, 'here');
  assert.equal(aborted, false);
});

test('work that everyone has left is given up, and a later caller starts anew', async () => {
  const flights = createSingleFlight<string>({ deadlineMs: 10_000 });
  let runs = 0;
  let aborts = 0;
  const work = (signal: AbortSignal): Promise<string> => {
    runs += 1;
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        aborts += 1;
        reject(signal.reason);
      });
    });
  };
  const leaver = new AbortController();
  const first = flights.run('k', leaver.signal, work);
  leaver.abort(new Error('left'));
  await assert.rejects(first, /left/);
  assert.equal(aborts, 1);
  const second = new AbortController();
  const again = flights.run('k', second.signal, work);
  assert.equal(runs, 2);
  second.abort(new Error('left too'));
  await assert.rejects(again, /left too/);
});

test('work has a deadline of its own, however patient its callers', async () => {
  const flights = createSingleFlight<string>({ deadlineMs: 5 });
  const keepsProcessAlive = setTimeout(() => undefined, 10_000);
  await assert.rejects(
    flights.run(
      'k',
      never,
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ),
    { name: 'TimeoutError' },
  );
  clearTimeout(keepsProcessAlive);
});
