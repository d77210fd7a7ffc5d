// Reads the blobs out of the bytes of RPM's own database, ndb, which SUSE uses: a table of slots, then what they point to.
import { DamagedDatabase } from './damaged-database.ts';

const version = 0;
const fileHeaderBytes = 32;
const slotBytes = 16;
/** Slots come in pages, and blobs in blocks. */
const pageBytes = 4096;
const blockBytes = 16;
const blobHeadBytes = 16;
const blobTailBytes = 12;
const [fileMagic, slotMagic, headMagic, tailMagic] = [word('RpmP'), word('Slot'), word('BlbS'), word('BlbE')];

/**
 * The blobs in the order of slots (rpm's lib/backend/ndb/rpmpkg.c). Like RPM when it reads, this compares no checksums.
 * @throws DamagedDatabase, or RangeError for what would lie beyond the end.
 */
export function* ndbBlobs(bytes: Buffer): Generator<Buffer> {
  const slotsEnd = bytes.readUInt32LE(12) * pageBytes;
  const isNdb = bytes.readUInt32LE(0) === fileMagic && bytes.readUInt32LE(4) === version;
  if (!isNdb || slotsEnd === 0) throw new DamagedDatabase();
  // Blobs do not overlap, so all together are no longer than the file.
  let left = bytes.length - slotsEnd;
  for (let slot = fileHeaderBytes; slot < slotsEnd; slot += slotBytes) {
    if (bytes.readUInt32LE(slot) !== slotMagic) throw new DamagedDatabase();
    const [index, start, blocks] = [
      bytes.readUInt32LE(slot + 4),
      bytes.readUInt32LE(slot + 8),
      bytes.readUInt32LE(slot + 12),
    ];
    if (start === 0) continue;
    left -= blocks * blockBytes;
    if (left < 0) throw new DamagedDatabase();
    yield blobIn(bytes.subarray(start * blockBytes, (start + blocks) * blockBytes), index, blocks);
  }
}

/** Its head says the index, a time and the length; its tail a checksum and the length again, before the end of the last block. */
function blobIn(place: Buffer, index: number, blocks: number): Buffer {
  const length = place.readUInt32LE(12);
  const isHead = place.readUInt32LE(0) === headMagic && place.readUInt32LE(4) === index;
  const isTail = place.readUInt32LE(place.length - 8) === length && place.readUInt32LE(place.length - 4) === tailMagic;
  const isLength = blocks === Math.ceil((blobHeadBytes + length + blobTailBytes) / blockBytes);
  if (!isHead || !isTail || !isLength || place.length !== blocks * blockBytes) throw new DamagedDatabase();
  return place.subarray(blobHeadBytes, blobHeadBytes + length);
}

/** Four letters as the number that they are read as. */
function word(letters: string): number {
  return Buffer.from(letters, 'latin1').readUInt32LE(0);
}
