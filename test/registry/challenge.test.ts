// Challenges are read by the grammar, whatever registries and attackers put into them.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../../src/base/fault.ts';
import { type AuthenticationWay, chooseWay, parseChallenges } from '../../src/registry/challenge.ts';

const realm = 'https://auth.example.com/token';

const ways: readonly (readonly [claim: string, header: string, way: AuthenticationWay | undefined])[] = [
  [
    'Bearer with all its parameters',
    `Bearer realm="${realm}",service="registry",scope="repository:a/b:pull"`,
    { kind: 'bearer', realm, service: 'registry', scope: 'repository:a/b:pull' },
  ],
  ['scheme and parameter names in any case', `bEARER REALM="${realm}"`, { kind: 'bearer', realm }],
  ['spaces around = and commas', `Bearer realm = "${realm}" , service = "a"`, { kind: 'bearer', realm, service: 'a' }],
  [
    'commas and spaces inside quotes',
    `Bearer realm="${realm}",service="a, b"`,
    { kind: 'bearer', realm, service: 'a, b' },
  ],
  ['escaped quotes', `Bearer realm="${realm}",service="a\\"b\\\\"`, { kind: 'bearer', realm, service: 'a"b\\' }],
  [
    'a parameter without quotes',
    `Bearer realm="${realm}",service=registry`,
    { kind: 'bearer', realm, service: 'registry' },
  ],
  [
    'Bearer behind another scheme in one header',
    `Negotiate, Bearer realm="${realm}",service="a,b"`,
    { kind: 'bearer', realm, service: 'a,b' },
  ],
  ['Bearer rather than a Basic before it', `Basic realm="x", Bearer realm="${realm}"`, { kind: 'bearer', realm }],
  ['Bearer behind a token68', `Negotiate YIIBhg==, Bearer realm="${realm}"`, { kind: 'bearer', realm }],
  ['Basic when there is nothing better', 'Digest realm="d", nonce="n", Basic realm="b"', { kind: 'basic' }],
  ['Basic rather than a Bearer without realm', 'Bearer service="x", Basic realm="b"', { kind: 'basic' }],
  ['Basic without parameters', 'Basic', { kind: 'basic' }],
  [
    'an insufficient scope',
    `Bearer realm="${realm}",error="insufficient_scope"`,
    { kind: 'bearer', realm, error: 'insufficient_scope' },
  ],
  ['empty parameters as absent ones', `Bearer realm="${realm}",scope="",service=""`, { kind: 'bearer', realm }],
  ['empty list elements', `, ,Bearer realm="${realm}",,service="a",`, { kind: 'bearer', realm, service: 'a' }],
  ['schemes that nobody can answer', 'Negotiate, NTLM', undefined],
  ['an empty header', '', undefined],
];

suite('a challenge is read with', () => {
  for (const [claim, header, way] of ways) test(claim, () => assert.deepEqual(chooseWay(parseChallenges(header)), way));
});

const broken: readonly (readonly [claim: string, header: string])[] = [
  ['an open quote', 'Bearer realm="https://x'],
  ['a quote that ends in a backslash', 'Bearer realm="x\\'],
  ['a parameter given twice', `Bearer realm="${realm}",realm="https://evil.example.com"`],
  ['a parameter given twice in another case', `Bearer realm="${realm}",Realm="https://evil.example.com"`],
  ['a parameter without a scheme', 'realm="x"'],
  ['text behind a quoted value', 'Bearer realm="x"y'],
  ['a URL without quotes', 'Bearer realm=https://x/y'],
  ['no name', '="x"'],
  ['a control character', 'Bearer\u0000realm="x"'],
  ['64 KiB', `Bearer realm="${'x'.repeat(65_536)}"`],
];

suite('a challenge is refused for', () => {
  for (const [claim, header] of broken) {
    test(claim, () => assert.throws(() => parseChallenges(header), isProtocolFault));
  }
});

test('several headers, joined as HTTP joins them, give all their challenges in order', () => {
  const joined = ['Basic realm="a"', `Bearer realm="${realm}",service="s"`, 'Negotiate'].join(', ');
  assert.deepEqual(
    parseChallenges(joined).map(({ scheme, parameters }) => [scheme, ...parameters.keys()]),
    [['basic', 'realm'], ['bearer', 'realm', 'service'], ['negotiate']],
  );
});

const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,8}$/);
const quotable = fc.string({ maxLength: 12 }).filter((text) => !/[\u0000-\u001f\u007f]/.test(text));

test('what is written by the grammar is read back', () => {
  const challenge = fc.record({
    scheme: token,
    parameters: fc.uniqueArray(fc.tuple(token, quotable), { selector: ([name]) => name.toLowerCase(), maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(challenge, { maxLength: 4 }), (challenges) => {
      const text = challenges
        .map(({ scheme, parameters }) => {
          const written = parameters.map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`);
          return written.length === 0 ? scheme : `${scheme} ${written.join(', ')}`;
        })
        .join(', ');
      const read = parseChallenges(text).map(({ scheme, parameters }) => ({ scheme, parameters: [...parameters] }));
      const expected = challenges.map(({ scheme, parameters }) => ({
        scheme: scheme.toLowerCase(),
        parameters: parameters.map(([name, value]) => [name.toLowerCase(), value]),
      }));
      assert.deepEqual(read, expected);
    }),
  );
});

test('arbitrary text gives challenges or a Fault, nothing else', () => {
  const pieces = fc.constantFrom('Bearer', 'Basic', ' ', ',', '=', '"', '\\', 'realm', 'a', '\t', ';', 'é', '/', '==');
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (header) => {
      try {
        chooseWay(parseChallenges(header));
      } catch (thrown) {
        assert.ok(isProtocolFault(thrown), String(thrown));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('the work grows with the text, not with its square', () => {
  for (const part of ['a,', 'a b,', 'a="b",', ' ', 'a  =  ', '"\\"', 'x="y" z ']) {
    const short = readsOf(part.repeat(200));
    const long = readsOf(part.repeat(800));
    assert.ok(long <= short * 5 + 100, `${JSON.stringify(part)}: ${short} then ${long} reads`);
  }
});

/** How many characters the parser looks at. */
function readsOf(text: string): number {
  let reads = 0;
  const original = String.prototype.charAt;
  String.prototype.charAt = function count(this: string, index: number): string {
    reads += 1;
    return original.call(this, index);
  };
  try {
    parseChallenges(text);
  } catch (thrown) {
    assert.ok(isProtocolFault(thrown));
  } finally {
    String.prototype.charAt = original;
  }
  return reads;
}

function isProtocolFault(thrown: unknown): boolean {
  return thrown instanceof Fault && thrown.code === 'registry/protocol';
}
