// Many images in one subject: each is read, and never more at a time than one signal bears.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Fault } from '../../src/base/fault.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { inspectEach } from '../../src/policy/inspect-each.ts';

const keyring = { lookup: () => Promise.resolve([]) };

function wantedImages(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    name: `registry.example.com/app:v${index}`,
    reference: parseReference(`registry.example.com/app:v${index}`),
    platforms: 'all' as const,
  }));
}

test('a thousand images are all read, 256 at a time at most', async () => {
  let running = 0;
  let most = 0;
  const inspections = await inspectEach(wantedImages(1000), {
    async inspect() {
      running += 1;
      most = Math.max(most, running);
      await nextTurn();
      running -= 1;
      return { kind: 'fault', fault: new Fault('registry/not-found', 'not there') };
    },
    access: { keyring, signal: new AbortController().signal },
  });
  assert.equal(inspections.size, 1000);
  assert.equal(most, 256);
});

test('images that wait for their turn when the time is over are told as late, and not asked for', async () => {
  const controller = new AbortController();
  let asked = 0;
  const inspections = await inspectEach(wantedImages(1000), {
    inspect() {
      asked += 1;
      if (asked === 256) controller.abort();
      return new Promise(() => undefined);
    },
    access: { keyring, signal: controller.signal },
  });
  assert.equal(asked, 256);
  assert.equal(inspections.size, 1000);
  for (const inspection of inspections.values()) {
    assert.equal(inspection.kind === 'fault' && inspection.fault.code, 'cancelled');
  }
});
