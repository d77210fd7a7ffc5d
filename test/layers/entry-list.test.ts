// Entries kept by columns, and got back as they were.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { EntryListBuilder, entriesOf, type LayerEntry } from '../../src/layers/entry-list.ts';
import type { TarEntry } from '../../src/layers/tar-entry.ts';

const plain = { noNullPrototype: true };
const entry: fc.Arbitrary<Omit<LayerEntry, 'index'>> = fc
  .record(
    {
      type: fc.constantFrom('file', 'hardlink', 'symlink', 'char', 'block', 'directory', 'fifo', 'global'),
      path: fc.stringMatching(/^[ab/é\udcff]{1,8}$/),
      target: fc.string({ maxLength: 5 }),
      size: fc.nat(),
      headSum: fc.nat(),
      attributes: fc.record(
        {
          mode: fc.constantFrom(0o644, 0o4755),
          uid: fc.nat(2),
          gid: fc.nat(2),
          capability: fc.boolean(),
        },
        plain,
      ),
    },
    plain,
  )
  .map((one) => ({
    ...one,
    target: one.type === 'hardlink' || one.type === 'symlink' ? one.target : '',
    size: one.type === 'file' ? one.size : 0,
    headSum: one.type === 'file' ? one.headSum : 0,
  }));

suite('entry list', () => {
  test('gives back what was added, also after JSON', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), (entries) => {
        const builder = new EntryListBuilder();
        for (const [index, { path, type, target, size, headSum, attributes }] of entries.entries()) {
          const { mode, uid, gid, capability } = attributes;
          const xattrs = capability ? ['user.x', 'security.capability'] : ['user.x'];
          const added: TarEntry = { type, path: 'as written', target, size, mode, uid, gid, xattrs };
          assert.equal(builder.add(path, added), index);
          if (type === 'file') builder.addSum(headSum);
        }
        const list = builder.build();
        const expected = entries.map((one, index) => ({ index, ...one }));
        assert.deepEqual([...entriesOf(list)], expected);
        assert.deepEqual([...entriesOf(JSON.parse(JSON.stringify(list)))], expected);
      }),
      { numRuns: 500 },
    );
  });

  test('takes less than half the bytes of the plain list for files of a package', () => {
    const builder = new EntryListBuilder();
    const whole: LayerEntry[] = [];
    for (let index = 0; index < 1000; index += 1) {
      const path = `usr/lib/node_modules/some-package/node_modules/dependency-${index}/lib/index.js`;
      const attributes = { mode: 0o644, uid: 0, gid: 0, capability: false };
      const one = { type: 'file', path, target: '', size: 4000 + index, ...attributes, xattrs: [] } as const;
      whole.push({ index, type: 'file', path, target: '', size: one.size, headSum: 3_000_000_000 + index, attributes });
      builder.add(path, one);
      builder.addSum(3_000_000_000 + index);
    }
    assert.ok(JSON.stringify(builder.build()).length * 2 < JSON.stringify(whole).length);
  });
});
