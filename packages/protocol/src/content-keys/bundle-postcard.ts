import { concatBytes } from '@pubky/crypto'
import { invalidValue, PostcardReader } from '../postcard.ts'
import { encodeText, encodeVarint } from '../postcard-writer.ts'
import { parseStoragePath, type StoragePath } from '../storage/storage-path.ts'
import { ContentKeyBundle } from './bundle.ts'

const POSTCARD_VERSION = 0
/** Least bytes of an entry: the length of its scope, one slash, the secret. */
const LEAST_ENTRY_BYTES = 34

/**
 * Reads the binary form of a bundle (spec 01 §15.3); bytes behind it are ignored.
 * @throws ProtocolError `bytes-…`, `content-key-conflict`
 */
export function bundleFromPostcard(bytes: Uint8Array): ContentKeyBundle {
  const reader = new PostcardReader(bytes)
  if (reader.varint() !== BigInt(POSTCARD_VERSION)) throw invalidValue('unknown version')
  const entries = Array.from({ length: reader.count(LEAST_ENTRY_BYTES) }, () => {
    const text = reader.text()
    let scope: StoragePath
    try {
      scope = parseStoragePath(text)
    } catch (cause) {
      throw invalidValue(cause)
    }
    return { scope, secret: new Uint8Array(reader.bytes(32)) }
  })
  return new ContentKeyBundle(entries)
}

/** The binary form of a bundle. It contains the secrets. */
export function bundleToPostcard({ entries }: ContentKeyBundle): Uint8Array {
  return concatBytes(
    encodeVarint(POSTCARD_VERSION),
    encodeVarint(entries.length),
    ...entries.flatMap(({ scope, secret }) => [encodeText(scope), secret]),
  )
}
