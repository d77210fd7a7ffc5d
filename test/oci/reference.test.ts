// References: containerd's vectors, the narrower rules of our own, and the folding that policies match on.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Fault, type FaultCode } from '../../src/base/fault.ts';
import { canonicalName, formatReference, parseReference } from '../../src/oci/reference.ts';

const hex64 = '0123456789abcdef'.repeat(4);
const sha256 = `sha256:${hex64}`;
const sha512 = `sha512:${hex64}${hex64}`;

const accepted: readonly (readonly [claim: string, text: string, canonical: string])[] = [
  ['a bare name is an official image of Docker Hub', 'nginx', 'docker.io/library/nginx:latest'],
  ['index.docker.io is Docker Hub', 'index.docker.io/nginx', 'docker.io/library/nginx:latest'],
  ['docker.io without library gets it', 'docker.io/nginx', 'docker.io/library/nginx:latest'],
  ['two segments without a host are on Docker Hub', 'foo/bar:1', 'docker.io/foo/bar:1'],
  ['localhost is a host', 'localhost/foo', 'localhost/foo:latest'],
  ['a port makes a host', 'host:5000/a', 'host:5000/a:latest'],
  ['without a slash a colon is a tag', 'host:5000', 'docker.io/library/host:5000'],
  ['an upper-case first segment is a host', 'Foo/bar', 'Foo/bar:latest'],
  ['an IPv4 address is a host', '127.0.0.1/a', '127.0.0.1/a:latest'],
  ['an IPv6 address stands in brackets', '[::1]:5000/a/b:c', '[::1]:5000/a/b:c'],
  ['Docker Hub with a port is another host', 'docker.io:443/nginx', 'docker.io:443/nginx:latest'],
  [
    'registry-1.docker.io stays as written',
    'registry-1.docker.io/library/nginx',
    'registry-1.docker.io/library/nginx:latest',
  ],
  ['two underscores join', 'foo/bar__baz', 'docker.io/foo/bar__baz:latest'],
  ['many dashes join', 'foo/bar--baz', 'docker.io/foo/bar--baz:latest'],
  ['sha256:<hex> without @ is a name and a tag', sha256, `docker.io/library/sha256:${hex64}`],
  ['a digest alone adds no tag', `repo@${sha256}`, `docker.io/library/repo@${sha256}`],
  ['tag and digest are both kept', `repo:tag@${sha256}`, `docker.io/library/repo:tag@${sha256}`],
  ['sha512 is supported', `repo@${sha512}`, `docker.io/library/repo@${sha512}`],
  ['a tag has up to 128 characters', `a:${'t'.repeat(128)}`, `docker.io/library/a:${'t'.repeat(128)}`],
  [
    'a repository has up to 255 characters, without its host',
    `r.example.com/${'a'.repeat(255)}`,
    `r.example.com/${'a'.repeat(255)}:latest`,
  ],
  ['port 65535 is a port', 'h:65535/a', 'h:65535/a:latest'],
];

const refused: readonly (readonly [claim: string, text: string, code?: FaultCode])[] = [
  ['nothing', ''],
  ['a blank', ' '],
  ['an image id', hex64],
  ['an upper-case repository on Docker Hub', 'foo/Bar'],
  ['an upper-case repository elsewhere', 'r.example.com/Foo'],
  ['an upper-case single name', 'Nginx'],
  ['three underscores', 'foo/bar___baz'],
  ['an empty segment', 'foo//bar'],
  ['a segment that begins with a dash', 'foo/-bar'],
  ['an empty tag', 'foo/bar:'],
  ['an empty digest', 'foo/bar@'],
  ['a URL', 'http://docker.io/nginx'],
  ['a trailing blank', 'nginx '],
  ['a leading blank', ' nginx'],
  ['a newline at the end', 'nginx\n'],
  ['a control character', 'ngi\u0001nx'],
  ['a percent escape', 'r.example.com/a%2fb'],
  ['two dots as a segment', 'r.example.com/a/../b'],
  ['an IPv6 address without brackets', '::1/a'],
  ['an IPv6 zone', '[fe80::1%eth0]/a'],
  ['an empty host label', 'a..b/c'],
  ['a trailing dot of a host', 'registry.example.com./x'],
  ['an underscore in a host', 'my_host.com/x'],
  ['a host without a repository', 'registry.example.com/'],
  ['a port that no connection has', 'h:65536/a'],
  ['a port that is no number', 'h:port/a'],
  ['a tag of 129 characters', `a:${'t'.repeat(129)}`],
  ['a tag that begins with a dot', 'a:.1'],
  ['two tags', 'r.example.com/a:1:2'],
  ['two digests', `a@${sha256}@${sha256}`],
  ['a repository of 256 characters', `r.example.com/${'a'.repeat(256)}`],
  ['upper-case hexadecimal', `a@sha256:${hex64.toUpperCase()}`],
  ['a sha256 of 63 digits', `a@${sha256.slice(0, -1)}`],
  ['a sha512 of 64 digits', `a@sha512:${hex64}`],
  ['an algorithm that cannot be computed', `x@blake3:${hex64}`, 'digest/unsupported'],
  ['1,025 characters', `r.example.com/${'a/'.repeat(505)}a`.padEnd(1025, 'a')],
];

suite('parseReference', () => {
  for (const [claim, text, canonical] of accepted) {
    test(claim, () => {
      assert.equal(formatReference(parseReference(text)), canonical);
    });
  }

  for (const [claim, text, code] of refused) {
    test(`refuses ${claim}`, () => {
      assert.throws(
        () => parseReference(text),
        (thrown) => thrown instanceof Fault && thrown.code === (code ?? 'reference/invalid'),
      );
    });
  }

  test('a mebibyte is refused by its length, before its grammar', () => {
    assert.throws(() => parseReference('a-'.repeat(1 << 19)), {
      code: 'reference/invalid',
      message: /1024 characters/,
    });
  });

  test('the message never repeats what was written', () => {
    assert.throws(
      () => parseReference('evil\u001b[31m name'),
      (thrown) => thrown instanceof Fault && !thrown.message.includes('evil'),
    );
  });

  test('what it formats, it reads back unchanged', () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const repository = fc.array(
      fc.array(word, { minLength: 1, maxLength: 3 }).map((w) => w.join('__')),
      { minLength: 1, maxLength: 4 },
    );
    const host = fc.oneof(
      fc.constantFrom('docker.io', 'localhost', '[::1]:5000', 'Foo'),
      word.map((w) => `${w}.example.com`),
    );
    const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined });
    fc.assert(
      fc.property(host, repository, tag, fc.boolean(), (h, path, t, digest) => {
        const once = parseReference(
          `${h}/${path.join('/')}${t === undefined ? '' : `:${t}`}${digest ? `@${sha256}` : ''}`,
        );
        assert.deepEqual(parseReference(formatReference(once)), once);
      }),
    );
  });

  test('whatever is written, it answers or throws a Fault', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string({ unit: fc.constantFrom('a', 'A', '.', ':', '/', '@', '-', '_', '[', ']', '0') }),
        ),
        (text) => {
          try {
            const reference = parseReference(text);
            assert.ok(reference.tag !== undefined || reference.digest !== undefined);
          } catch (thrown) {
            assert.ok(thrown instanceof Fault);
          }
        },
      ),
    );
  });
});

suite('canonicalName', () => {
  const hub = 'docker.io/library/nginx';
  const folded: readonly (readonly [claim: string, text: string, name: string])[] = [
    ['leaves tag and digest out', `nginx:1@${sha256}`, hub],
    ['folds registry-1.docker.io', 'registry-1.docker.io/library/nginx', hub],
    ['folds registry.hub.docker.com', 'registry.hub.docker.com/library/nginx', hub],
    ['folds an alias in upper case', 'INDEX.docker.io/library/nginx', hub],
    ['folds an alias with port 443', 'registry-1.docker.io:443/library/nginx', hub],
    ['keeps an alias with another port apart', 'registry-1.docker.io:5000/a', 'registry-1.docker.io:5000/a'],
    ['adds no library where the parser did not', 'docker.io:443/nginx', 'docker.io/nginx'],
    ['lowers the host', 'Registry.Example.COM/a', 'registry.example.com/a'],
    ['drops port 443', 'registry.example.com:443/a', 'registry.example.com/a'],
    ['drops port 443 with leading zeros', 'registry.example.com:000443/a', 'registry.example.com/a'],
    ['keeps other ports, without leading zeros', 'registry.example.com:05000/a', 'registry.example.com:5000/a'],
    ['keeps the port of an IPv6 address', '[2001:DB8::1]:5000/a', '[2001:db8::1]:5000/a'],
    ['takes no part of an IPv6 address for a port', '[2001:db8::443]/a', '[2001:db8::443]/a'],
    ['does not fold a look-alike', 'docker.io.example.com/library/nginx', 'docker.io.example.com/library/nginx'],
  ];
  for (const [claim, text, name] of folded) {
    test(claim, () => {
      assert.equal(canonicalName(parseReference(text)), name);
    });
  }
});

suite('parseReference, asked again', () => {
  test('gives the same object for the same text, and refuses again what it refused', () => {
    assert.equal(parseReference('registry.example.com/again:1'), parseReference('registry.example.com/again:1'));
    for (let time = 0; time < 2; time += 1) {
      assert.throws(() => parseReference('registry.example.com/Again'), { code: 'reference/invalid' });
    }
  });
});
