// Whom a layer may answer, and what becomes of one that is put again.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type LayerProof, mayServe, mergeProofs, mergeStoredLayers } from '../../src/inspection/stored-layer.ts';
import { encodedLayer } from '../support/encoded-layer.ts';

const from = (registry: string, anonymous = false): LayerProof => ({ registry, anonymous });

suite('a layer answers for an image', () => {
  const rows: readonly (readonly [claim: string, provenBy: readonly LayerProof[], expected: boolean])[] = [
    ['of the registry that delivered it', [from('registry.example.com')], true],
    ['not of another registry, which only names its digest', [from('private.example.com')], false],
    ['of any registry once somebody read it without credentials', [from('public.example.com', true)], true],
    ['of each registry that delivered it', [from('a.example.com'), from('registry.example.com')], true],
    ['of no registry when nobody proved it', [], false],
    ['not of a registry whose name only begins like it', [from('registry.example.com.evil.example')], false],
    ['not of a registry whose name it begins with', [from('registry.example')], false],
  ];
  for (const [claim, provenBy, expected] of rows) {
    test(claim, () => assert.equal(mayServe({ provenBy }, 'registry.example.com'), expected));
  }
});

suite('proofs of a layer', () => {
  test('say once what they say twice', () => {
    assert.deepEqual(mergeProofs([from('a')], [from('a'), from('a')]), [from('a')]);
  });

  test('that everyone may have it says more than all others', () => {
    assert.deepEqual(mergeProofs([from('a'), from('b')], [from('c', true)]), [from('c', true)]);
    assert.deepEqual(mergeProofs([from('c', true)], [from('a')]), [from('c', true)]);
  });

  test('are bounded, and the one that was added last is among them', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => from(`${index}.example.com`));
    const kept = many.reduce<readonly LayerProof[]>((proofs, proof) => mergeProofs(proofs, [proof]), []);
    assert.equal(kept.length, 512);
    assert.ok(mayServe({ provenBy: kept }, '999.example.com'));
    assert.ok(!mayServe({ provenBy: kept }, '0.example.com'));
  });

  test('open it to nobody who did not prove it', () => {
    const proofs = fc.array(fc.record({ registry: fc.constantFrom('a', 'b', 'c'), anonymous: fc.boolean() }));
    fc.assert(
      fc.property(proofs, proofs, fc.constantFrom('a', 'b', 'c'), (kept, put, registry) => {
        const either = mayServe({ provenBy: [...kept, ...put] }, registry);
        assert.equal(mayServe({ provenBy: mergeProofs(kept, put) }, registry), either);
      }),
    );
  });
});

suite('a layer that is put again', () => {
  const stored = (detectors: number, schema = 1, registry = 'a') => ({
    layer: encodedLayer('layer', { detectors, schema }),
    provenBy: [from(registry)],
  });
  const rows = [
    ['replaces an older revision', stored(1), stored(2), 2],
    ['replaces the same revision', stored(1), stored(1), 1],
    ['does not undo a newer revision', stored(2), stored(1), 2],
    ['does not undo a newer schema', stored(1, 2), stored(9, 1), 1],
    ['replaces an older schema', stored(9, 1), stored(1, 2), 1],
  ] as const;
  for (const [claim, kept, put, detectors] of rows) {
    test(claim, () => assert.equal(mergeStoredLayers(kept, put).layer.detectors, detectors));
  }

  test('adds its proofs even where its record is not taken', () => {
    const { provenBy } = mergeStoredLayers(stored(2, 1, 'a'), stored(1, 1, 'b'));
    assert.deepEqual(provenBy, [from('a'), from('b')]);
  });
});
