// Account files as moby/sys/user parses them.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type AccountId, parseGroup, parsePasswd } from '../../src/layers/passwd.ts';

type Row = readonly [name: string, uid: AccountId, gid: AccountId];

function rows(text: string | Uint8Array): readonly Row[] | undefined {
  return parsePasswd(Buffer.from(text))?.map(({ name, uid, gid }) => [name, uid, gid]);
}

suite('parsePasswd', () => {
  const read: readonly (readonly [claim: string, text: string | Uint8Array, expected: readonly Row[]])[] = [
    ['nothing', '', []],
    ['a line', 'app:x:1000:1001:App:/home/app:/bin/sh\n', [['app', 1000, 1001]]],
    ['a last line without its end', 'a:x:1:2', [['a', 1, 2]]],
    [
      'lines that end with CR LF',
      'a:x:1:2\r\nb:x:3:4\r\n',
      [
        ['a', 1, 2],
        ['b', 3, 4],
      ],
    ],
    [
      'space around a line, and none inside',
      '  a:x:1:2\t\n b :x: 3:4 \n',
      [
        ['a', 1, 2],
        ['b ', 0, 4],
      ],
    ],
    [
      'the spaces of Go, which are not those of JavaScript',
      '\u0085a:x:1:2\u3000\n\ufeffb:x:1:2\n',
      [
        ['a', 1, 2],
        ['\ufeffb', 1, 2],
      ],
    ],
    ['no empty lines', '\n \n\t\na:x:1:2\n\n', [['a', 1, 2]]],
    ['a comment as a user', '#root:x:0:0\n', [['#root', 0, 0]]],
    [
      'missing fields as empty ones',
      'a\nb:x\nc:x:5\n',
      [
        ['a', 0, 0],
        ['b', 0, 0],
        ['c', 5, 0],
      ],
    ],
    [
      'what is no number as 0',
      'a:x:0x10:-\nb:x:1_000:1.5\nc:x:abc:\n',
      [
        ['a', 0, 0],
        ['b', 0, 0],
        ['c', 0, 0],
      ],
    ],
    [
      'signs and zeros',
      'a:x:+1:007\nb:x:-0:00\n',
      [
        ['a', 1, 7],
        ['b', 0, 0],
      ],
    ],
    ['the largest number', 'a:x:2147483647:2147483647\n', [['a', 2_147_483_647, 2_147_483_647]]],
    [
      'numbers that runtimes fold into 32 bits as what they are not',
      'a:x:2147483648:-1\nb:x:4294967296:99999999999999999999\n',
      [
        ['a', 'out-of-range', 'out-of-range'],
        ['b', 'out-of-range', 'out-of-range'],
      ],
    ],
    [
      'every line, also two of a name',
      'a:x:1:1\na:x:2:2\n',
      [
        ['a', 1, 1],
        ['a', 2, 2],
      ],
    ],
    ['names of any bytes', Buffer.from('ff3a783a313a32', 'hex'), [['\udcff', 1, 2]]],
    ['NIS lines', '+::::::\n', [['+', 0, 0]]],
  ];
  for (const [claim, text, expected] of read) {
    test(`reads ${claim}`, () => {
      assert.deepEqual(rows(text), expected);
    });
  }

  test('gives up at a line that Go gives up at, wherever it is', () => {
    const line = (length: number) => `a:x:1:2:${'g'.repeat(length - 8)}`;
    assert.equal(rows(`${line(65_535)}\nb:x:1:2\n`)?.length, 2);
    assert.equal(rows(`b:x:1:2\n${line(65_536)}\n`), undefined);
    assert.equal(rows(line(65_536)), undefined);
  });

  test('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const user of parsePasswd(bytes) ?? []) assert.ok(!user.name.includes(':'));
        for (const group of parseGroup(bytes) ?? []) assert.ok(!group.name.startsWith('#'));
      }),
      { numRuns: 500 },
    );
  });
});

suite('parseGroup', () => {
  test('reads groups, and passes over comments', () => {
    assert.deepEqual(parseGroup(Buffer.from('root:x:0:\n#app:x:1:\n  # x\nwheel:x:10:root,app\n')), [
      { name: 'root', gid: 0 },
      { name: 'wheel', gid: 10 },
    ]);
  });

  test('takes lines of up to 1 MiB', () => {
    assert.equal(parseGroup(Buffer.from(`a:x:1:${'u,'.repeat(500_000)}`))?.length, 1);
    assert.equal(parseGroup(Buffer.from(`a:x:1:${'u,'.repeat(600_000)}`)), undefined);
  });
});
