// The database of facts without its thread: what a failed transaction leaves.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { FactsDatabase } from '../../src/store/facts-database.ts';
import type { StoreWrite } from '../../src/store/store-messages.ts';
import { troubleFromThrown } from '../../src/store/store-trouble.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { storedLayer } from './facts-store-suite.ts';

const nowMs = Date.parse('2026-11-23T10:00:00Z');

test('writes that fail together leave nothing, and those after them are written', async (t) => {
  const path = join(await temporaryDirectory(t), 'facts.db');
  const settings = { maxDatabaseBytes: 7 * 4096, storeLockMs: 20 };
  const database = new FactsDatabase(path, settings, () => assert.fail('no row is damaged'));
  t.after(() => database.close());
  const claim: StoreWrite = { kind: 'claim', key: 'work', holder: 'me', ttlMs: 1_000 };
  const large: StoreWrite = { kind: 'put-layer', stored: storedLayer('large', { bytes: randomBytes(6_800) }) };
  assert.throws(
    () => database.write([claim, large], nowMs),
    (thrown) => troubleFromThrown(thrown)?.kind === 'full',
  );
  assert.equal(database.layer(digestOf('large'), nowMs), undefined);
  assert.deepEqual(database.write([claim], nowMs), [true]);
  assert.deepEqual(database.write([claim], nowMs), [false]);
});
