import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defaultFileScanLimits } from '../../src/secrets/file-scan-limits.ts';
import { createFileScanner } from '../../src/secrets/file-scanner.ts';
import type { FileSecret } from '../../src/secrets/file-secret.ts';
import { withChecksum62 } from './token-parts.ts';

const token = ['gh', 'p_', withChecksum62()].join('');

function scan(path: string, bytes: Buffer, chunk: number): readonly FileSecret[] {
  const scanner = createFileScanner(defaultFileScanLimits);
  scanner.begin({ path, size: bytes.length });
  for (let at = 0; at < bytes.length; at += chunk) scanner.write(bytes.subarray(at, at + chunk), at);
  return scanner.end();
}

function bigEndian(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

describe('finds in UTF-16', () => {
  const text = `Grüße, 世界\n${'line\n'.repeat(200)}token=${token}\n`;
  const plain = text.replace('Grüße, 世界', 'greetings');
  const rows: Readonly<Record<string, readonly [bytes: Buffer, encoding: string]>> = {
    'little-endian with a byte order mark': [Buffer.from(`\ufeff${text}`, 'utf16le'), 'utf-16le'],
    'big-endian with a byte order mark': [bigEndian(`\ufeff${text}`), 'utf-16be'],
    'little-endian without one': [Buffer.from(plain, 'utf16le'), 'utf-16le'],
    'big-endian without one': [bigEndian(plain), 'utf-16be'],
  };
  for (const [claim, [bytes, encoding]] of Object.entries(rows)) {
    test(claim, () => {
      for (const chunk of [1, 2, 7, 255, 1001, bytes.length]) {
        const found = scan('a.txt', bytes, chunk).map((secret) => [secret.encoding, secret.position]);
        assert.deepEqual(found, [[encoding, { kind: 'line', line: 202 }]], `in chunks of ${chunk}`);
      }
    });
  }
});

test('settings in UTF-16 are read as settings', () => {
  const [found] = scan('app/.env', Buffer.from('\ufeffA=1\r\nDB_PASSWORD=postgres\r\n', 'utf16le'), 5);
  assert.equal(found?.detector, 'named-password');
  assert.deepEqual(found?.position, { kind: 'line', line: 2 });
});

test('letters of another script with the same low byte are no token', () => {
  const wide = Buffer.from(`\ufeff${token}`, 'utf16le');
  for (let at = 3; at < wide.length; at += 2) wide[at] = 1;
  assert.deepEqual(scan('a.txt', wide, wide.length), []);
});

test('a binary that begins with a zero byte is none', () => {
  const found = scan('a.bin', Buffer.from(`\0\x01\0\x02\0\0${token}`), 1000);
  assert.deepEqual(found[0]?.position, { kind: 'offset', offset: 6 });
  assert.equal(found[0]?.encoding, undefined);
});
