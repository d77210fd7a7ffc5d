// Digests: the algorithms that can be computed, in their one canonical form.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { algorithmOf, digestOf, parseDigest } from '../../src/oci/digest.ts';

suite('digests', () => {
  for (const algorithm of ['sha256', 'sha384', 'sha512']) {
    test(`${algorithm} is computed, and read back`, () => {
      const digest = digestOf('content', algorithm);
      assert.equal(parseDigest(digest), digest);
      assert.equal(algorithmOf(digest), algorithm);
      assert.notEqual(digestOf('Content', algorithm), digest);
    });
  }

  test('the empty config of artifacts has its well-known digest', () => {
    assert.equal(digestOf('{}'), 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });

  const hex = '0'.repeat(64);
  const refused: readonly (readonly [claim: string, text: string, code?: FaultCode])[] = [
    ['nothing', ''],
    ['hexadecimal without an algorithm', hex],
    ['63 digits', `sha256:${hex.slice(1)}`],
    ['65 digits', `sha256:${hex}0`],
    ['upper-case digits', `sha256:${hex.slice(1)}A`],
    ['an upper-case algorithm', `SHA256:${hex}`, 'digest/unsupported'],
    ['blake3', `blake3:${hex}`, 'digest/unsupported'],
    ['md5', `md5:${hex.slice(32)}`, 'digest/unsupported'],
    ['a combined algorithm', `sha256+b64:${hex}`, 'digest/unsupported'],
    ['a newline at the end', `sha256:${hex}\n`],
    ['a path', `sha256:../${hex}`],
    ['more than any digest has', `sha256:${hex.repeat(100)}`],
  ];
  for (const [claim, text, code = 'reference/invalid'] of refused) {
    test(`${claim} is refused: ${code}`, () => {
      assert.throws(
        () => parseDigest(text),
        (thrown) => thrown instanceof Fault && thrown.code === code,
      );
    });
  }
});
