/** Content type of a stored file, decided by the server from content and path (spec 02 §10.6). */
import { typeByExtension } from './by-extension.ts'
import { SIGNATURES } from './signatures.ts'

/** How many first bytes of a body are enough for every signature; fewer only if the body is shorter. */
export const DETECTION_BYTES = 8192

const FALLBACK = 'application/octet-stream'

/**
 * Media type of a file: by signature of its first bytes, else by the extension of its path, else
 * `application/octet-stream`. Never carries a charset.
 *
 * @param path canonical storage path
 * @param head first bytes of the content: at least {@link DETECTION_BYTES}, or all of a shorter body; more is fine
 */
export function detectContentType(path: string, head: Uint8Array): string {
  for (const [type, matches] of candidates(head[0])) if (matches(head)) return type
  return typeByExtension(path) ?? FALLBACK
}

/** Tells the type of a file from its path and the first bytes of its content, as {@link detectContentType}. */
export type TypeDetection = (path: string, head: Uint8Array) => string

/** Types whose signature says little: containers, markup in general, and texts that begin with two or three letters. */
const VAGUE_TYPES = new Set([
  ...['application/zip', 'text/xml', 'application/x-ole-storage'],
  ...['application/vnd.microsoft.portable-executable', 'application/x-llvm', 'image/bmp', 'image/gif', 'audio/aac'],
  ...['application/postscript', 'application/x-compress', 'application/x-cpio', 'text/x-shellscript'],
])

/**
 * As {@link detectContentType}, but a known extension wins over a vague signature (spec 02 §10.6, Better): an SVG with an
 * XML prolog is an SVG, and a text that starts with `BM` is a text.
 */
export function detectByExtensionFirst(path: string, head: Uint8Array): string {
  const type = detectContentType(path, head)
  return VAGUE_TYPES.has(type) ? (typeByExtension(path) ?? type) : type
}

/** The signatures that can match a given first byte, in their order: most need not be looked at. */
function candidates(first: number | undefined): typeof SIGNATURES {
  return (first === undefined ? undefined : BY_FIRST_BYTE[first]) ?? []
}

const BY_FIRST_BYTE = Array.from({ length: 256 }, (_, first) =>
  SIGNATURES.filter(([, { firstBytes }]) => firstBytes === undefined || firstBytes.has(first)),
)
