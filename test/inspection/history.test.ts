// History and layers: blamed on each other only where that is certain; and which builder wrote it.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { builderOf } from '../../src/inspection/builder.ts';
import { readHistory } from '../../src/inspection/history.ts';
import type { HistoryRecord } from '../../src/oci/image-config.ts';

function row(createdBy: string, fields: Partial<HistoryRecord> = {}): HistoryRecord {
  return { createdBy, comment: '', author: '', emptyLayer: false, ...fields };
}

const empty = { emptyLayer: true };

suite('readHistory', () => {
  const rows: readonly (readonly [
    claim: string,
    input: { readonly records: readonly HistoryRecord[]; readonly layerCount: number; readonly builder?: string },
    alignment: string,
    rowOfLayer: readonly (number | undefined)[],
  ])[] = [
    [
      'rows that are not empty made the layers, in order',
      { records: [row('ADD a /'), row('ENV A=b', empty), row('COPY b /')], layerCount: 2 },
      'aligned',
      [0, 2],
    ],
    ['no history says nothing', { records: [], layerCount: 2 }, 'absent', [undefined, undefined]],
    ['too few rows say nothing', { records: [row('ADD a /')], layerCount: 2 }, 'counts-differ', [undefined, undefined]],
    [
      'too many rows say nothing',
      { records: [row('ADD a /'), row('COPY b /')], layerCount: 1 },
      'counts-differ',
      [undefined],
    ],
    [
      'rows without layers are aligned with no layers',
      { records: [row('ENV A=b', empty)], layerCount: 0 },
      'aligned',
      [],
    ],
    ['WORKDIR may make a layer', { records: [row('WORKDIR /srv')], layerCount: 1 }, 'aligned', [0]],
    [
      'an instruction that leaves no files is not blamed for a layer',
      {
        records: [row('/bin/sh -c #(nop) COPY file:1 in /', empty), row('/bin/sh -c #(nop) CMD ["x"]')],
        layerCount: 1,
      },
      'aligned',
      [undefined],
    ],
    [
      'a RUN of buildah is not blamed for the COPY before it',
      {
        records: [row('ADD base in /'), row('COPY a /', empty), row('/bin/sh -c make')],
        layerCount: 2,
        builder: 'buildah',
      },
      'aligned',
      [0, undefined],
    ],
    [
      'an empty RUN before a layer means nothing with other builders',
      { records: [row('/bin/sh -c true', empty), row('COPY a /')], layerCount: 1, builder: 'docker' },
      'aligned',
      [1],
    ],
  ];
  for (const [claim, input, alignment, rowOfLayer] of rows) {
    test(claim, () => {
      const reading = readHistory({ builder: 'unknown', ...input });
      assert.equal(reading.alignment, alignment);
      assert.deepEqual(reading.rowOfLayer, rowOfLayer);
      for (const fact of reading.history) {
        assert.equal(fact.layer, rowOfLayer.includes(fact.index) ? rowOfLayer.indexOf(fact.index) : undefined);
      }
    });
  }
});

suite('builderOf', () => {
  const nop = row('/bin/sh -c #(nop)  CMD ["sh"]');
  const rows: readonly (readonly [
    builder: string,
    history: readonly HistoryRecord[],
    labels?: Readonly<Record<string, string>>,
  ])[] = [
    ['buildkit', [row('RUN x # buildkit')]],
    ['buildkit', [nop, row('ENV A=b', { comment: 'buildkit.dockerfile.v0' })], { 'io.buildah.version': '1.28' }],
    ['docker', [nop]],
    ['docker', [row('apko', { author: 'apko' }), nop]],
    ['buildah', [nop], { 'io.buildah.version': '1.28' }],
    ['buildah', [row('x', { comment: 'FROM docker.io/library/debian' })]],
    ['buildah', [], { 'io.buildah.version': '1.28' }],
    ['kaniko', [row('COPY . /', { author: 'kaniko' })]],
    ['ko', [row('ko build ko://x')]],
    ['jib', [row('jib-maven-plugin:3', { author: 'Jib' })]],
    ['apko', [row('apko')]],
    ['nix', [row('', { comment: 'store paths: [/nix/store/x]' })]],
    ['bazel', [row('bazel build ...')]],
    ['buildpacks', [], { 'io.buildpacks.lifecycle.metadata': '{}' }],
    ['unknown', [row('something')]],
    ['unknown', []],
  ];
  for (const [builder, history, labels = {}] of rows) {
    test(`${JSON.stringify(history.map((one) => one.createdBy))} ${JSON.stringify(labels)} is ${builder}`, () => {
      assert.equal(builderOf({ history, labels }), builder);
    });
  }
});
