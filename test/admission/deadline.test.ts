// The budget of a review, and the waits that it ends.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { budgetFromTimeout, budgetFromUrl, settleBy, startDeadline } from '../../src/admission/deadline.ts';

const budgets: readonly (readonly [string, string | undefined, number])[] = [
  ['ten seconds keep one back', '10s', 9000],
  ['thirty seconds keep a tenth back', '30s', 27_000],
  ['five seconds keep half a second back', '5s', 4500],
  ['two seconds keep half a second back', '2s', 1500],
  ['one second is halved at most', '1s', 500],
  ['half a second leaves half of it', '500ms', 250],
  ['minutes are understood, and bounded by what a registration may ask', '1m0s', 27_000],
  ['an absurd wait is bounded', '9999h', 27_000],
  ['garbage is read as the default', 'garbage', 9000],
  ['no timeout is the default', undefined, 9000],
  ['an empty one is the default', '', 9000],
  ['zero is the default, as it would leave no time at all', '0s', 9000],
  ['a negative one is the default', '-5s', 9000],
];

describe('budget', () => {
  for (const [claim, timeout, expected] of budgets) {
    it(claim, () => assert.equal(budgetFromTimeout(timeout), expected));
  }
});

const urls: readonly (readonly [string, string, number])[] = [
  ['is what stands in the query', '/validate?timeout=5s', 4500],
  ['is found beside other parameters, whatever is escaped', '/validate?a=b&timeout=%35s', 4500],
  ['is the default without a query', '/validate', 9000],
  ['is the default when it is given twice', '/validate?timeout=5s&timeout=2s', 9000],
];

describe('the timeout of a URL', () => {
  for (const [claim, url, expected] of urls) {
    it(claim, () => {
      // The second time from memory.
      assert.deepEqual([budgetFromUrl(url), budgetFromUrl(url)], [expected, expected]);
    });
  }
});

describe('deadline', () => {
  it('aborts with a TimeoutError when the budget is used up', async () => {
    const { signal } = startDeadline(1);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    assert.equal(signal.reason.name, 'TimeoutError');
  });

  it('aborts with an AbortError when the caller leaves', () => {
    const deadline = startDeadline(60_000);
    deadline.abandon();
    assert.equal(deadline.signal.reason.name, 'AbortError');
  });

  it('leaves the signal alone once it has ended', async () => {
    const deadline = startDeadline(1);
    deadline.end();
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(deadline.signal.aborted, false);
  });
});

describe('settleBy', () => {
  const never = new Promise<string>(() => undefined);

  it('gives what the work gives', async () => {
    const { signal } = new AbortController();
    assert.equal(await settleBy(Promise.resolve('work'), signal, 0, () => 'late'), 'work');
  });

  it('gives the other value when the work does not heed the signal', async () => {
    for (const graceMs of [0, 1])
      assert.equal(await settleBy(never, AbortSignal.abort(), graceMs, () => 'late'), 'late');
  });

  it('lets work that heeds the signal finish within the grace', async () => {
    const controller = new AbortController();
    const work = new Promise<string>((resolve) => {
      controller.signal.addEventListener('abort', () => setImmediate(resolve, 'partial'));
    });
    const settled = settleBy(work, controller.signal, 60_000, () => 'late');
    controller.abort();
    assert.equal(await settled, 'partial');
  });

  it('passes a failure on', async () => {
    const { signal } = new AbortController();
    await assert.rejects(settleBy(Promise.reject(new Error('x')), signal, 0, () => 'late'));
  });
});
