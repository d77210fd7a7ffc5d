// Gives compressed bytes to a decoder of node:zlib in large pieces, and makes sure that nothing follows where it stops.
import type { Transform } from 'node:stream';
import { Fault } from '../base/fault.ts';

/** A decoder of node:zlib, which says how much of its input it has used. */
export type Decoder = Transform & { readonly bytesWritten: number };

/** What is handed to the decoder at a time: each write is a trip to another thread. */
const writeBytes = 1024 * 1024;

/**
 * Writes the input to the decoder, one piece after the other, and gathers the next while it works on the last. A decoder that has found the
 * end of its data leaves the rest of a piece unused and says no word about it, so what follows is looked at here.
 * @throws Fault `image/malformed` for anything but zeros behind the end; whatever the input throws.
 */
export async function feedDecoder(input: AsyncIterable<Uint8Array>, decoder: Decoder): Promise<void> {
  const write = writerTo(decoder);
  const pieces = joined(input);
  let written = 0;
  let coming = pieces.next();
  try {
    for (;;) {
      const { done, value: piece } = await coming;
      if (done === true) break;
      if (decoder.bytesWritten < written) {
        refuseUnlessZeros(piece);
        coming = pieces.next();
        continue;
      }
      if (decoder.destroyed) return;
      written += piece.length;
      const writing = write(piece);
      coming = pieces.next();
      await writing;
      refuseUnlessZeros(piece.subarray(piece.length - (written - decoder.bytesWritten)));
    }
    if (decoder.bytesWritten === written) decoder.end();
  } finally {
    // Nobody waits for it any longer, whatever becomes of it.
    coming.catch(() => undefined);
  }
}

/** A write ends when the decoder has used the piece, or will use no more of it. */
function writerTo(decoder: Decoder): (piece: Uint8Array) => Promise<void> {
  let release: (() => void) | undefined;
  const stopped = () => release?.();
  decoder.once('end', stopped);
  decoder.once('close', stopped);
  return (piece) =>
    new Promise<void>((resolve) => {
      release = resolve;
      decoder.write(piece, () => resolve());
    });
}

/** Small pieces made into larger ones, in two buffers that take turns: a piece is valid until the next but one is asked for. */
async function* joined(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const buffers = [Buffer.allocUnsafeSlow(writeBytes), Buffer.allocUnsafeSlow(writeBytes)] as const;
  let turn = 0;
  let filled = 0;
  for await (const part of input) {
    for (let at = 0; at < part.length; ) {
      const length = Math.min(writeBytes - filled, part.length - at);
      const buffer = buffers[turn % 2 === 0 ? 0 : 1];
      buffer.set(part.subarray(at, at + length), filled);
      filled += length;
      at += length;
      if (filled === writeBytes) {
        yield buffer;
        turn += 1;
        filled = 0;
      }
    }
  }
  if (filled > 0) yield buffers[turn % 2 === 0 ? 0 : 1].subarray(0, filled);
}

/** Zeros after the end are padding that gzip and its kin ignore; anything else is data that some reader might see. */
function refuseUnlessZeros(rest: Uint8Array): void {
  if (rest.some((byte) => byte !== 0)) {
    throw new Fault('image/malformed', 'something follows the compressed data of a layer');
  }
}
