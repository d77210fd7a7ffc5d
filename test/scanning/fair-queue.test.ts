// Who is next: by priority, then by turns of hosts, then by turns of tenants.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Priority } from '../../src/inspection/layer-work.ts';
import { FairQueue } from '../../src/scanning/fair-queue.ts';

interface Named {
  readonly name: string;
  readonly host: string;
  readonly tenant: string;
}

/** `a/x1` is a layer of tenant x on host a. */
function named(name: string): Named {
  const [host = '', rest = ''] = name.split('/');
  return { name, host, tenant: rest.charAt(0) };
}

function queueOf(names: string, priority: Priority = 'waiting', queue = new FairQueue<Named>()): FairQueue<Named> {
  for (const name of names.split(' ')) queue.add(named(name), priority);
  return queue;
}

function drain(queue: FairQueue<Named>, mayHave: (host: string, priority: Priority) => boolean = () => true): string {
  const taken: string[] = [];
  for (let item = queue.take(mayHave); item !== undefined; item = queue.take(mayHave)) taken.push(item.name);
  return taken.join(' ');
}

suite('turns', () => {
  const rows: readonly (readonly [claim: string, added: string, taken: string])[] = [
    ['one tenant goes in order', 'a/x1 a/x2 a/x3', 'a/x1 a/x2 a/x3'],
    ['hosts take turns', 'a/x1 a/x2 a/x3 b/x1', 'a/x1 b/x1 a/x2 a/x3'],
    ['tenants of a host take turns', 'a/x1 a/x2 a/x3 a/y1', 'a/x1 a/y1 a/x2 a/x3'],
    [
      'a host has no more turns for having more tenants',
      'a/x1 a/y1 a/z1 b/x1 b/x2 b/x3',
      'a/x1 b/x1 a/y1 b/x2 a/z1 b/x3',
    ],
  ];
  for (const [claim, added, taken] of rows) {
    test(claim, () => assert.equal(drain(queueOf(added)), taken));
  }

  test('whoever comes again stands behind those who have waited', () => {
    const queue = queueOf('a/x1 b/x1 c/x1');
    assert.equal(queue.take(() => true)?.name, 'a/x1');
    queue.add(named('a/x2'), 'waiting');
    assert.equal(drain(queue), 'b/x1 c/x1 a/x2');
  });

  test('a host that may not have a turn keeps its place', () => {
    const queue = queueOf('a/x1 b/x1 b/x2');
    assert.equal(queue.take((host) => host !== 'a')?.name, 'b/x1');
    assert.equal(drain(queue), 'a/x1 b/x2');
  });
});

suite('priorities', () => {
  test('what somebody waits for goes first', () => {
    const queue = queueOf('b/y1 a/x2', 'waiting', queueOf('a/x1 c/z1', 'background'));
    assert.equal(drain(queue), 'b/y1 a/x2 a/x1 c/z1');
  });

  test('background gets what those in front of it may not have', () => {
    const queue = queueOf('a/x1', 'waiting', queueOf('b/x1', 'background'));
    assert.equal(
      drain(queue, (host) => host === 'b'),
      'b/x1',
    );
    assert.equal(queue.length, 1);
  });
});

suite('leaving', () => {
  test('whoever has left is not taken', () => {
    const queue = new FairQueue<Named>();
    const [first, second] = [named('a/x1'), named('a/x2')];
    queue.add(first, 'waiting');
    queue.add(second, 'background');
    assert.deepEqual([queue.remove(first), queue.remove(second), queue.remove(second)], [true, true, false]);
    assert.deepEqual([queue.length, drain(queue)], [0, '']);
  });

  test('the length counts all lines', () => {
    const queue = queueOf('a/x1 b/x1', 'background', queueOf('a/x1 a/y1'));
    assert.equal(queue.length, 4);
    queue.take(() => true);
    assert.equal(queue.length, 3);
  });
});
