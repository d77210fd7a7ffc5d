import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { defaultFileScanLimits } from '../../src/secrets/file-scan-limits.ts';
import { createFileScanner } from '../../src/secrets/file-scanner.ts';
import type { FileSecret } from '../../src/secrets/file-secret.ts';
import { alnum, base64, pem, withChecksum62 } from './token-parts.ts';

const scanner = createFileScanner(defaultFileScanLimits);

/** Writes the chunks one after the other, in one memory that is overwritten, as a decompressor does. */
function scan(path: string, chunks: readonly Uint8Array[]): readonly FileSecret[] {
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  const memory = Buffer.alloc(Math.max(0, ...chunks.map(({ length }) => length)));
  scanner.begin({ path, size });
  let offset = 0;
  for (const chunk of chunks) {
    memory.set(chunk);
    scanner.write(memory.subarray(0, chunk.length), offset);
    memory.fill('#');
    offset += chunk.length;
  }
  return scanner.end();
}

function scanText(path: string, text: string): readonly FileSecret[] {
  return scan(path, [Buffer.from(text)]);
}

function cut(bytes: Buffer, ends: readonly number[]): readonly Buffer[] {
  const places = [0, ...ends.toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index] ?? 0, end));
}

const token = ['gh', 'p_', withChecksum62()].join('');
const npmToken = ['np', 'm_', withChecksum62()].join('');

test('says what was found, in which line of a text, and of the token only its public prefix', () => {
  const found = scanText('/app/notes', `one\ntwo\n  token: ${token}\n`);
  assert.deepEqual(found, [
    {
      detector: 'github-token',
      title: 'GitHub token',
      certainty: 'certain',
      publicPrefix: 'ghp_',
      position: { kind: 'line', line: 3 },
    },
  ]);
});

test('says at which byte of a binary', () => {
  const [found] = scan('/app/server', [Buffer.from(`\x7fELF\0\0${token}\0`)]);
  assert.deepEqual(found?.position, { kind: 'offset', offset: 6 });
});

test('counts lines and bytes also far behind the beginning', () => {
  const lines = 'x = 1 ; this line says nothing\n'.repeat(40_000);
  assert.deepEqual(scanText('a.txt', `${lines}${token}`)[0]?.position, { kind: 'line', line: 40_001 });
  const zeros = Buffer.alloc(1_000_000);
  assert.deepEqual(scan('a.bin', [zeros, Buffer.from(token)])[0]?.position, { kind: 'offset', offset: 1_000_000 });
});

test('one file leaves nothing behind for the next', () => {
  const half = token.length / 2;
  assert.deepEqual(scanText('a', `text\n${token.slice(0, half)}`), []);
  assert.deepEqual(scanText('b', token.slice(half)), []);
  assert.deepEqual(scanText('c', token)[0]?.position, { kind: 'line', line: 1 });
});

test('what stands on the two sides of a hole does not belong together', () => {
  const half = token.length / 2;
  scanner.begin({ path: 'sparse', size: 1_000_000 });
  scanner.write(Buffer.from(`${npmToken}\n${token.slice(0, half)}`), 4096);
  scanner.write(Buffer.from(token.slice(half)), 500_000);
  scanner.write(Buffer.from(`\0 ${token}`), 900_000);
  assert.deepEqual(
    scanner.end().map(({ detector }) => detector),
    ['npm-token', 'github-token'],
  );
});

test('two tokens of a kind in a line are one place, two lines are two', () => {
  const other = ['gh', 'p_', withChecksum62()].join('');
  assert.equal(scanText('a', `${token} ${other}`).length, 1);
  assert.equal(scanText('a', `${token}\n${other}`).length, 2);
});

test('reports a bounded number for a file, and counts the rest', () => {
  const small = createFileScanner({ ...defaultFileScanLimits, maxSecretsPerFile: 3 });
  const dump = Buffer.from(Array.from({ length: 10 }, () => ['np', 'm_', withChecksum62()].join('')).join('\n'));
  small.begin({ path: 'dump', size: dump.length });
  small.write(dump, 0);
  assert.equal(small.end().length, 3);
  assert.equal(small.coverage().secretsLeftOut, 7);
});

describe('finds the same however the bytes are cut', () => {
  const content = [
    `token = ${token}`,
    'x'.repeat(300),
    pem('RSA PRIVATE KEY', base64(3_000)),
    'y = 1\n'.repeat(100),
    `//registry.example.com/:_authToken=${alnum(36)}`,
    `machine git.example.net login bot password ${alnum(20)}`,
    npmToken,
  ].join('\n');

  function expectSame(lead: string, ends: readonly number[]): void {
    const bytes = Buffer.from(lead + content);
    assert.deepEqual(scan('f', cut(bytes, ends)), scan('f', [bytes]));
  }

  test('into single bytes', () => {
    const bytes = Buffer.from(content);
    const found = scan('f', cut(bytes, [...bytes.keys()]));
    assert.deepEqual(
      found.map(({ detector }) => detector),
      ['github-token', 'private-key', 'npmrc-auth-token', 'netrc-password', 'npm-token'],
    );
    expectSame('', [...bytes.keys()]);
  });

  test('at any places', () => {
    const ends = fc.array(fc.nat({ max: content.length }), { maxLength: 8 });
    fc.assert(fc.property(ends, (places) => expectSame('', places)));
  });

  test('wherever they lie in a file that is larger than any buffer', () => {
    const expected = scanText('f', content).map(({ detector }) => detector);
    fc.assert(
      fc.property(fc.integer({ min: 250_000, max: 540_000 }), fc.boolean(), (length, isText) => {
        const lead = Buffer.alloc(length, isText ? 'z\n' : 0);
        const found = scan('f', [lead, Buffer.from(content)]);
        assert.deepEqual(
          found.map(({ detector }) => detector),
          expected,
        );
      }),
      { numRuns: 60 },
    );
  });
});
