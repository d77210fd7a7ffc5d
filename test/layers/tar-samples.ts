// Arbitrary tar archives for properties: whole ones of every dialect, and damaged ones whose checksums still fit.
import fc from 'fast-check';
import { archiveOf, globalPax, gnuLong, header, member, padded, pax, type RawHeader } from '../support/raw-tar.ts';

const name = fc.stringMatching(/^[a-zA-Z0-9é日./_ -]{1,40}$/);
const content = fc.uint8Array({ maxLength: 1500 });

function sparseFile(bytes: Uint8Array, version: '0.1' | '1.0'): Uint8Array {
  const size = String(bytes.length + 9);
  const parts = bytes.length === 0 ? [] : [7, bytes.length];
  if (version === '0.1') {
    const records = [
      ['GNU.sparse.size', size],
      ['GNU.sparse.numblocks', String(parts.length / 2)],
      ['GNU.sparse.map', parts.join(',')],
    ] as const;
    return Buffer.concat([pax(...records), member({}, bytes)]);
  }
  const map = padded([parts.length / 2, ...parts].map((one) => `${one}\n`).join(''));
  const records = [
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.name', 's'],
    ['GNU.sparse.realsize', size],
  ] as const;
  return Buffer.concat([pax(...records), member({}, Buffer.concat([map, bytes]))]);
}

const anyMember: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.tuple(name, content).map(([path, bytes]) => member({ name: path }, bytes)),
  fc.tuple(name, content).map(([path, bytes]) => Buffer.concat([pax(['path', path]), member({}, bytes)])),
  fc.tuple(name, content).map(([path, bytes]) => Buffer.concat([gnuLong('L', path), member({ magic: 'gnu' }, bytes)])),
  fc.tuple(name, name).map(([path, linkname]) => member({ name: path, typeflag: '2', linkname })),
  fc
    .tuple(name, name)
    .map(([path, target]) =>
      Buffer.concat([
        pax(['linkpath', target], ['uid', '70000'], ['mtime', '1.5'], ['SCHILY.xattr.user.a', 'b']),
        member({ name: path, typeflag: '1' }),
      ]),
    ),
  name.map((path) => member({ name: path, typeflag: '5', mode: 0o1777 })),
  fc.constant(globalPax(['comment', 'x'])),
  fc.tuple(content, fc.constantFrom('0.1', '1.0')).map(([bytes, version]) => sparseFile(bytes, version)),
);

/** An archive that its reader takes. */
export const wholeArchive: fc.Arbitrary<Buffer> = fc
  .array(anyMember, { maxLength: 6 })
  .map((members) => archiveOf(...members));

const field = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const numeric = (most: number, length: number) =>
  fc.oneof(
    fc.nat(most),
    field(length),
    fc
      .stringMatching(/^[0-8 \u0000]{1,12}$/)
      .map((text) => Buffer.from(text.padEnd(length).slice(0, length), 'latin1')),
  );
const anyHeader: fc.Arbitrary<RawHeader> = fc.record(
  {
    name: fc.oneof(name, field(100)),
    linkname: fc.oneof(name, field(100)),
    prefix: name,
    size: numeric(2000, 12),
    mode: numeric(0o7777, 8),
    uid: numeric(70_000, 8),
    gid: numeric(70_000, 8),
    mtime: numeric(9, 12),
    typeflag: fc.constantFrom(...'0123456\u0000xgLKSV'),
    magic: fc.constantFrom('ustar', 'gnu', 'star', 'v7'),
    checksum: fc.constantFrom('unsigned', 'signed'),
  },
  { requiredKeys: [] },
);
const strangeMember = fc
  .tuple(anyHeader, content)
  .map(([fields, bytes]) => Buffer.concat([header({ size: bytes.length, ...fields }), padded(bytes)]));
const recordText = fc.stringMatching(
  /^([0-9]{1,2} (path|linkpath|size|uid|mtime|GNU\.sparse\.(map|numblocks|size|major|minor|offset|numbytes))=[0-9a,.-]{0,5}\n){1,3}$/,
);
const strangePax = fc
  .tuple(recordText, fc.constantFrom('x', 'g'))
  .map(([text, typeflag]) => member({ typeflag }, withLengths(text)));

/** The records with the lengths they have, since a wrong one is seen at once. */
function withLengths(text: string): Buffer {
  const lines = text.split('\n').filter((line) => line !== '');
  return Buffer.concat(
    lines.map((line) => {
      const rest = line.slice(line.indexOf(' '));
      const length = rest.length + 1 + (rest.length + 2 > 9 ? 2 : 1);
      return Buffer.from(`${length}${rest}\n`);
    }),
  );
}

/** An archive of members that no writer writes, some of them whole. */
export const strangeArchive: fc.Arbitrary<Buffer> = fc
  .array(fc.oneof(anyMember, strangeMember, strangePax), { minLength: 1, maxLength: 5 })
  .map((members) => archiveOf(...members));

/** A whole archive with some bytes changed, and its checksums mended or not. */
export const damagedArchive: fc.Arbitrary<Buffer> = fc
  .tuple(wholeArchive, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }), fc.boolean())
  .map(([archive, changes, mend]) => {
    const damaged = Buffer.from(archive);
    for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
    if (mend) mendChecksums(damaged);
    return damaged;
  });

function mendChecksums(archive: Buffer): void {
  for (let at = 0; at + 512 <= archive.length; at += 512) {
    const block = archive.subarray(at, at + 512);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.write('        ', 148, 'latin1');
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  }
}
