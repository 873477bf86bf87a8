/**
 * Gives the memory of a Buffer back to the allocator at once. Waiting for the garbage collector would cost more than
 * the cipher itself: memory that was freed just now is still in the CPU's cache. Nobody may use `bytes` afterwards.
 * Does nothing to a Buffer that shares its memory with others.
 */
export function freeEarly(bytes: Buffer): void {
  const { buffer } = bytes
  if (buffer.byteLength === bytes.length && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
