// Which layers are the base: what is known of bases, never where instructions stand.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { BaseLayers } from '../../src/composition/composition.ts';
import { type BaseEvidence, type KnownBase, recogniseBase } from '../../src/composition/recognise-base.ts';
import { file } from '../support/tar.ts';
import { type Layers, layerFacts } from './layer-facts.ts';

const rootFileSystem = [
  file('usr/lib/os-release', 'ID=debian\n'),
  file('var/lib/dpkg/status', 'Package: libc6\nStatus: install ok installed\nVersion: 2.36\n'),
];
const application = [file('app/main', 'x')];
const layers: Layers = [rootFileSystem, application, application];
const diffIds = layers.map((one, index) => layerFacts(one, index).diffId);
const base = (name: string, count: number): KnownBase => ({ name, diffIds: diffIds.slice(0, count) });
const foreign: KnownBase = { name: 'foreign', diffIds: diffIds.toReversed() };

const cases: readonly (readonly [claim: string, layers: Layers, evidence: BaseEvidence, expected: BaseLayers])[] = [
  [
    'the longest known base counts',
    layers,
    { known: [base('a', 1), base('b', 2)] },
    { layers: 2, by: 'known', name: 'b' },
  ],
  [
    'what the image declares comes before what is known',
    layers,
    { declared: base('a', 1), known: [base('b', 2)] },
    { layers: 1, by: 'declared', name: 'a' },
  ],
  [
    'a declared base with which the image does not begin is none',
    layers,
    { declared: foreign, known: [] },
    { layers: 1, by: 'root-file-system' },
  ],
  [
    'a base with more layers than the image is none',
    [application],
    { known: [base('a', 3)] },
    { layers: 0, by: 'none' },
  ],
  ['a base without layers is none', [application], { known: [base('a', 0)] }, { layers: 0, by: 'none' }],
  ['a first layer with a distribution is base', layers, { known: [] }, { layers: 1, by: 'root-file-system' }],
  ['the only layer may be squashed', [rootFileSystem, []], { known: [] }, { layers: 0, by: 'none' }],
  [
    'a later layer with a distribution is no base',
    [application, rootFileSystem],
    { known: [] },
    { layers: 0, by: 'none' },
  ],
  [
    'a first layer without packages is no base',
    [rootFileSystem.slice(0, 1), application],
    { known: [] },
    { layers: 0, by: 'none' },
  ],
  ['no layers have no base', [], { known: [base('a', 1)] }, { layers: 0, by: 'none' }],
];

suite('recogniseBase', () => {
  for (const [claim, made, evidence, expected] of cases) {
    test(claim, () => {
      const facts = made.map((entries, index) => {
        const one = layerFacts(entries, index);
        return { ...one, summary: { ...one.summary, files: entries.length } };
      });
      assert.deepEqual(recogniseBase(facts, evidence), expected);
    });
  }
});
