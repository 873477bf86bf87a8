/** Smaller buffers are not worth it. */
const LEAST_BYTES = 4_096

/**
 * Frees the memory of bytes that nobody looks at any more, here and now; they are empty afterwards. Bytes that share
 * their memory are left alone. Only for large ones on busy paths: V8 counts memory outside of its heap as a reason to
 * collect the whole heap, which dozens of times a second costs more than receiving, hashing and sealing bodies.
 */
export function release(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes
  if (byteLength < LEAST_BYTES || byteLength !== buffer.byteLength) return
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
