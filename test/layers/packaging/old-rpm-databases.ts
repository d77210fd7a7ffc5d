// Makes databases of RPM in the forms that are not SQLite, of the same headers: a Berkeley DB hash, and ndb.

export interface BerkeleyOptions {
  readonly pageBytes?: number;
  readonly isBigEndian?: boolean;
  /** 13; or 2, as versions before 4.6 wrote. */
  readonly hashType?: number;
}

const pageHeaderBytes = 26;

/** Large values lie in pages of their own, as Berkeley DB does it. What only finding a key needs is left out. */
export function berkeleyDatabase(blobs: readonly Buffer[], options: BerkeleyOptions = {}): Buffer {
  const { pageBytes = 4096, isBigEndian = false, hashType = 13 } = options;
  const put16 = (page: Buffer, at: number, value: number) =>
    isBigEndian ? page.writeUInt16BE(value, at) : page.writeUInt16LE(value, at);
  const put32 = (page: Buffer, at: number, value: number) =>
    isBigEndian ? page.writeUInt32BE(value, at) : page.writeUInt32LE(value, at);
  const pages: Buffer[] = [];
  const addPage = (type: number): Buffer => {
    const page = Buffer.alloc(pageBytes);
    put32(page, 8, pages.length);
    page[25] = type;
    pages.push(page);
    return page;
  };
  const overflowItem = (blob: Buffer): Buffer => {
    const item = Buffer.alloc(12, 0);
    item[0] = 3;
    put32(item, 4, pages.length);
    put32(item, 8, blob.length);
    const room = pageBytes - pageHeaderBytes;
    for (let at = 0; at < blob.length; at += room) {
      const page = addPage(7);
      put16(page, 22, blob.copy(page, pageHeaderBytes, at, at + room));
      if (at + room < blob.length) put32(page, 16, pages.length);
    }
    return item;
  };
  const metadata = addPage(8);
  for (const [at, value] of [0x00061561, 9, pageBytes].entries()) put32(metadata, 12 + at * 4, value);
  let open = { page: metadata, items: 0, start: 0 };
  for (const [index, blob] of blobs.entries()) {
    const key = Buffer.from([1, index, index >> 8, index >> 16, 0]);
    const value = blob.length > pageBytes / 4 ? overflowItem(blob) : Buffer.concat([Buffer.from([1]), blob]);
    if (open.start - key.length - value.length < pageHeaderBytes + (open.items + 2) * 2) {
      open = { page: addPage(hashType), items: 0, start: pageBytes };
    }
    for (const item of [key, value]) {
      open.start -= item.length;
      item.copy(open.page, open.start);
      put16(open.page, pageHeaderBytes + open.items * 2, open.start);
      open.items += 1;
    }
    put16(open.page, 20, open.items);
  }
  put32(metadata, 32, pages.length - 1);
  return Buffer.concat(pages);
}

/** The bytes that RPM writes when it puts these blobs into a new database, but for the time and the checksum of each. */
export function ndbDatabase(blobs: readonly Buffer[]): Buffer {
  const slotPages = Math.max(1, Math.ceil((blobs.length + 2) / 256));
  const slots = Buffer.alloc(slotPages * 4096);
  for (let at = 32; at < slots.length; at += 16) slots.write('Slot', at);
  slots.write('RpmP');
  slots.writeUInt32LE(slotPages, 12);
  slots.writeUInt32LE(blobs.length + 1, 16);
  const parts = [slots];
  let blockStart = slots.length / 16;
  for (const [at, blob] of blobs.entries()) {
    const blocks = Math.ceil((blob.length + 28) / 16);
    for (const [field, value] of [at + 1, blockStart, blocks].entries()) {
      slots.writeUInt32LE(value, 32 + at * 16 + 4 + field * 4);
    }
    const place = Buffer.alloc(blocks * 16);
    place.write('BlbS');
    place.writeUInt32LE(at + 1, 4);
    place.writeUInt32LE(blob.length, 12);
    blob.copy(place, 16);
    place.writeUInt32LE(blob.length, place.length - 8);
    place.write('BlbE', place.length - 4);
    parts.push(place);
    blockStart += blocks;
  }
  return Buffer.concat(parts);
}
