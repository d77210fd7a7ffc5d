import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32Base36, crc32Base62, crc32HexReversed, isBech32 } from '../../src/secrets/checksum.ts';

test('CRC-32 in base 62 is what expired tokens of GitHub end in', () => {
  assert.equal(crc32Base62('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ', 6), ['0mL', 'q17'].join(''));
  assert.equal(crc32Base62('', 6), '000000');
});

test('CRC-32 in base 36 is what the example of GitLab ends in', () => {
  assert.equal(crc32Base36(['glp', 'at-bzox79Of-KE9FD2LjoXXF4CvyxA.0r'].join(''), 7), '03gxo7s');
});

test('CRC-32, least byte first, is what the example of Grafana ends in', () => {
  assert.equal(crc32HexReversed(['gl', 'sa_yscW25imSKJIuav8zF37RZmnbiDvB05G'].join('')), 'fcaaf58a');
});

test('the checksums of BIP 173 hold, and no other', () => {
  for (const valid of [
    'A12UEL5L',
    'a12uel5l',
    'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw',
    '11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqc8247j',
  ]) {
    assert.ok(isBech32(valid), valid);
  }
  for (const invalid of ['A12UEL5M', 'pzry9x0s0muk', '1pzry9x0s0muk', 'x1b4n0q5v', 'li1dgmt3', '10a06t8', '']) {
    assert.ok(!isBech32(invalid), invalid);
  }
});
