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
  for (const [type, matches] of SIGNATURES) if (matches(head)) return type
  return typeByExtension(path) ?? FALLBACK
}
