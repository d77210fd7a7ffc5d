import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultFileScanLimits } from '../../src/secrets/file-scan-limits.ts';
import { createFileScanner } from '../../src/secrets/file-scanner.ts';
import { corpus } from './corpus.ts';

const scanner = createFileScanner(defaultFileScanLimits);
/** As decompression gives them. */
const chunkBytes = 64 * 1024;

describe('of the files', () => {
  for (const [name, { holdsSecrets, files }] of Object.entries(corpus)) {
    test(`${name}: ${holdsSecrets ? 'each has a finding' : 'none has one'}`, () => {
      const wrong = files.filter(({ path, bytes }) => {
        scanner.begin({ path, size: bytes.length });
        for (let at = 0; at < bytes.length; at += chunkBytes) scanner.write(bytes.subarray(at, at + chunkBytes), at);
        return scanner.end().length > 0 !== holdsSecrets;
      });
      assert.deepEqual(
        wrong.map(({ path }) => path),
        [],
      );
    });
  }
});
