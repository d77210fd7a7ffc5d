// Gives back the memory of bytes that nobody needs any more.

/**
 * Does at once what garbage collection does late: bytes that stream by hardly fill the heap, so it is their number that makes V8 collect
 * again and again. Nothing is done where something else may lie in the same memory. Whoever still has the bytes finds them empty.
 */
export function releaseMemory({ buffer, byteLength }: Uint8Array): void {
  if (byteLength > 0 && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
