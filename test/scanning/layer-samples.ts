// Arbitrary layers for fuzzing: archives whole, damaged and strange, compressed in all forms, then changed; some with a credential in them.
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { damagedArchive, strangeArchive, wholeArchive } from '../layers/tar-samples.ts';
import { withChecksum62 } from '../secrets/token-parts.ts';
import { archiveOf, member } from '../support/raw-tar.ts';
import { zip } from '../support/zip.ts';

/** What a descriptor or a config may say wrongly. */
export type Lie = 'none' | 'digest' | 'diff-id' | 'longer' | 'shorter';

export interface LayerSample {
  readonly plain: Buffer;
  readonly blob: Buffer;
  readonly lie: Lie;
  /** Whether nobody changed the blob after it was made. */
  readonly isWhole: boolean;
  /** Index of the entry in which a credential lies for certain. */
  readonly planted?: number;
  /** Length of the chunks in which it comes. */
  readonly cut: number;
}

const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);

/** All the optional fields of RFC 1952: FEXTRA, FNAME, FCOMMENT. */
function gzipWithFields(plain: Buffer): Buffer {
  const made = gzipSync(plain);
  const fields = Buffer.concat([Buffer.from([2, 0, 1, 2]), Buffer.from('name\0'), Buffer.from('comment\0')]);
  const head = Buffer.from(made.subarray(0, 10));
  head[3] = 4 | 8 | 16;
  return Buffer.concat([head, fields, made.subarray(10)]);
}

const zstdChecked = { params: { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_compressionLevel]: 1 } };

/** A third of the bytes, and the rest. */
function divided(plain: Buffer): readonly [Buffer, Buffer] {
  const third = Math.floor(plain.length / 3);
  return [plain.subarray(0, third), plain.subarray(third)];
}

const forms: Readonly<Record<string, (plain: Buffer) => Buffer>> = {
  none: (plain) => plain,
  gzip: (plain) => gzipSync(plain, { level: 1 }),
  'stored gzip': (plain) => gzipSync(plain, { level: 0 }),
  'gzip with fields': gzipWithFields,
  'gzip members': (plain) => Buffer.concat(divided(plain).map((part) => gzipSync(part))),
  zstd: (plain) => zstdCompressSync(plain),
  'zstd with checksum': (plain) => zstdCompressSync(plain, zstdChecked),
  'zstd frames': (plain) => {
    const [one, other] = divided(plain).map((part) => zstdCompressSync(part));
    return Buffer.concat([one ?? skippable, skippable, other ?? skippable]);
  },
};

type Change =
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'take' | 'repeat'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly at: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('set'), at: fc.nat(), byte: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('take', 'repeat'), at: fc.nat(), length: fc.nat(600) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('insert'), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 40 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end'), at: fc.nat() }) },
);

const changes: fc.Arbitrary<readonly Change[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<readonly Change[]>([]) },
  { weight: 3, arbitrary: fc.array(change, { minLength: 1, maxLength: 3 }) },
);

function changed(bytes: Buffer, change: Change): Buffer {
  const at = change.at % (bytes.length + 1);
  switch (change.kind) {
    case 'set': {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = change.byte;
      return copy;
    }
    case 'take':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.length)]);
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - change.length))]);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), change.bytes, bytes.subarray(at)]);
    case 'end':
      return bytes.subarray(0, at);
    default:
      return change satisfies never;
  }
}

interface Archive {
  readonly plain: Buffer;
  readonly planted?: number;
}

const secretText = Buffer.from(`first line\ntoken: ${['gh', 'p_', withChecksum62()].join('')}\n`);

/** Files in which a text may lie. */
const wraps: Readonly<Record<string, (text: Buffer) => Buffer>> = {
  'a.txt': (text) => text,
  'a.log.gz': (text) => gzipSync(text),
  'a.zst': (text) => zstdCompressSync(text),
  'a.tgz': (text) => gzipSync(archiveOf(member({ name: 'b/c' }, text))),
  'a.jar': (text) => zip([{ name: 'b/c', bytes: text }]),
  'a.whl': (text) => zip([{ name: 'b', bytes: text, stored: true }]),
  'a.war': (text) => zip([{ name: 'lib/a.jar', bytes: zip([{ name: 'c', bytes: text }]) }]),
};

/** A credential in a file, in an archive in a file, or in one that is damaged. */
const plantedArchive: fc.Arbitrary<Archive> = fc
  .record({ name: fc.constantFrom(...Object.keys(wraps)), damage: changes, padding: fc.nat(2000) })
  .map(({ name, damage, padding }) => {
    const text = Buffer.concat([secretText, Buffer.alloc(padding, 'x\n')]);
    const file = damage.reduce(changed, wraps[name]?.(text) ?? text);
    const plain = archiveOf(member({ name: 'first' }, 'x'), member({ name: `app/${name}` }, file));
    return damage.length === 0 ? { plain, planted: 1 } : { plain };
  });

const anyArchive: fc.Arbitrary<Archive> = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(wholeArchive, damagedArchive, strangeArchive).map((plain) => ({ plain })) },
  { weight: 2, arbitrary: plantedArchive },
);

const lie: fc.Arbitrary<Lie> = fc.oneof(
  { weight: 9, arbitrary: fc.constant('none') },
  { weight: 1, arbitrary: fc.constantFrom('digest', 'diff-id', 'longer', 'shorter') },
);

export const layerSample: fc.Arbitrary<LayerSample> = fc
  .record({
    archive: anyArchive,
    form: fc.constantFrom(...Object.keys(forms)),
    changes,
    lie,
    cut: fc.integer({ min: 1, max: 3000 }),
  })
  .map(({ archive, form, changes: made, lie: told, cut }) => {
    const blob = made.reduce(changed, forms[form]?.(archive.plain) ?? archive.plain);
    return { ...archive, blob, lie: told, isWhole: made.length === 0, cut };
  });
