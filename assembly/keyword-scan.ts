// Finds which of many keywords occur where in bytes, and counts lines: the loops that go over every byte of every file. AssemblyScript.
// The memory is laid out and filled by src/secrets/keyword-scan.ts, which says what each address holds.

let masks: usize = 0;
let offsets: usize = 0;
let buckets: usize = 0;
let classes: usize = 0;
let buffer: usize = 0;
let hits: usize = 0;
let maxHits: u32 = 0;

/** Where the last `scan` stopped: behind the end of what it was given, or before that where there was no more room for hits. */
let resumeAt: u32 = 0;

/** A hash of three bytes in sixteen bits, of which the highest count; the tables have 8192 places. */
const firstTwo: i16 = <i16>0x9e37;
const third: i16 = 0x58f1;
const dropBits: i32 = 3;

/** Bytes that are looked at together. */
const stride: u32 = 16;
/** Keywords that are found round the places of one such stretch: more than share four bytes, for each. */
const maxAtOnce: u32 = 2048;

export function configure(
  masksAt: usize,
  offsetsAt: usize,
  bucketsAt: usize,
  classesAt: usize,
  bufferAt: usize,
  hitsAt: usize,
  hitsCount: u32,
): void {
  masks = masksAt;
  offsets = offsetsAt;
  buckets = bucketsAt;
  classes = classesAt;
  buffer = bufferAt;
  hits = hitsAt;
  maxHits = hitsCount;
}

export function resumedAt(): u32 {
  return resumeAt;
}

/**
 * Looks at three bytes at every second place from `at`, eight places at once. A mask for the three says, by the low bits of the byte before and
 * of the byte after them, whether a keyword may be there, so that few places of a text are looked at twice. Keywords that begin at `from` or
 * later, before `known`, and end before `to` become hits: where they begin, and which they are. Gives the number of hits.
 */
export function scan(at: u32, from: u32, known: u32, to: u32): u32 {
  let count: u32 = 0;
  let place = at;
  const folds = i8x16.splat(0x20);
  const low = i16x8.splat(0x00ff);
  const bits = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  // There is room on both sides of the buffer for what is loaded too much.
  for (; place + 3 <= to; place += stride) {
    const before = v128.load(buffer + place - 1);
    const two = v128.or(v128.load(buffer + place), folds);
    const after = v128.load(buffer + place + 2);
    const one = v128.and(v128.or(after, folds), low);
    const hashes = i16x8.shr_u(
      i16x8.add(i16x8.mul(two, i16x8.splat(firstTwo)), i16x8.mul(one, i16x8.splat(third))),
      dropBits,
    );
    let found = i16x8.splat(0);
    found = v128.load_lane<u16>(maskAt(i16x8.extract_lane_u(hashes, 0)), found, 0);
    found = v128.load_lane<u16>(maskAt(i16x8.extract_lane_u(hashes, 1)), found, 1);
    found = v128.load_lane<u16>(maskAt(i16x8.extract_lane_u(hashes, 2)), found, 2);
    found = v128.load_lane<u16>(maskAt(i16x8.extract_lane_u(hashes, 3)), found, 3);
    found = v128.load_lane<u16>(maskAt(i16x8.extract_lane_u(hashes, 4)), found, 4);
    found = v128.load_lane<u16>(maskAt(i16x8.extract_lane_u(hashes, 5)), found, 5);
    found = v128.load_lane<u16>(maskAt(i16x8.extract_lane_u(hashes, 6)), found, 6);
    found = v128.load_lane<u16>(maskAt(i16x8.extract_lane_u(hashes, 7)), found, 7);
    const neighbours = v128.or(v128.and(before, i16x8.splat(0x0007)), v128.and(after, i16x8.splat(0x0700)));
    const wanted = i8x16.swizzle(bits, neighbours);
    let candidates = i16x8.bitmask(i16x8.eq(v128.and(found, wanted), wanted));
    if (candidates == 0) continue;
    if (count + maxAtOnce > maxHits) break;
    for (; candidates != 0; candidates &= candidates - 1) {
      count = compare(place + 2 * u32(ctz(candidates)), from, known, to, count);
    }
  }
  resumeAt = place;
  return count;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function maskAt(hash: u32): usize {
  return masks + (hash << 1);
}

/** An entry: the first four bytes of a keyword, its length, its number, the fewest characters of a token round it, its bytes' address. */
const entryBytes: usize = 20;

/** The offsets say how far before this place a keyword may begin, a bit for each; the buckets which begin with the four bytes there. */
function compare(place: u32, from: u32, known: u32, to: u32, count: u32): u32 {
  const three = (load<u32>(buffer + place) & 0xffffff) | 0x202020;
  const hash = hashOf(three & 0xffff, three >> 16);
  let hitCount = count;
  for (let left = load<u32>(offsets + (hash << 2)); left != 0; left &= left - 1) {
    const offset = u32(ctz(left));
    if (place < from + offset) break;
    const start = place - offset;
    if (start >= known) continue;
    const four = load<u32>(buffer + start) | 0x20202020;
    let entry: usize = load<u32>(buckets + (hashOf(four & 0xffff, four >> 16) << 2));
    if (entry == 0) continue;
    for (let own = load<u32>(entry); own != 0; entry += entryBytes, own = load<u32>(entry)) {
      if (own != four) continue;
      const length = load<u32>(entry + 4);
      if (start + length > to || !occursAt(buffer + start, load<u32>(entry + 16), length)) continue;
      const run = load<u32>(entry + 12);
      if (run != 0 && !inRunOf(run, start, length, to)) continue;
      store<u32>(hits + (hitCount << 3), start);
      store<u32>(hits + (hitCount << 3) + 4, load<u32>(entry + 8));
      hitCount++;
    }
  }
  return hitCount;
}

/** As it is computed for eight places at once. */
function hashOf(two: u32, rest: u32): u32 {
  return ((two * u32(u16(firstTwo)) + rest * u32(u16(third))) & 0xffff) >> dropBits;
}

/** The first four bytes are known to be there. */
function occursAt(bytes: usize, keyword: usize, length: u32): bool {
  for (let index: u32 = 4; index < length; index++) {
    if ((load<u8>(bytes + index) | 0x20) != load<u8>(keyword + index)) return false;
  }
  return true;
}

/** Whether the keyword stands in at least so many characters that tokens are made of, or reaches out of what is there. */
function inRunOf(run: u32, start: u32, length: u32, to: u32): bool {
  let end = start + length;
  let seen = length;
  while (seen < run) {
    if (end >= to) return true;
    if (load<u8>(classes + load<u8>(buffer + end)) == 0) break;
    end++;
    seen++;
  }
  let first = start;
  while (seen < run) {
    if (first == 0) return true;
    if (load<u8>(classes + load<u8>(buffer + first - 1)) == 0) return false;
    first--;
    seen++;
  }
  return true;
}

/** Line feeds in the first bytes of the buffer. */
export function countLines(to: u32): u32 {
  let lines: u32 = 0;
  let place: u32 = 0;
  const feeds = i8x16.splat(10);
  for (; place + 16 <= to; place += 16) {
    lines += popcnt(i8x16.bitmask(i8x16.eq(v128.load(buffer + place), feeds)));
  }
  for (; place < to; place++) lines += u32(load<u8>(buffer + place) == 10);
  return lines;
}
