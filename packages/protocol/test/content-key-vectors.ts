import { hexDecode, hexEncode } from '@pubky/crypto'
import { expectEqual, expectFailure, type VectorCase, type VectorGroup } from '../../crypto/test/vector-groups.ts'
import {
  bundleFromPostcard,
  bundleToPostcard,
  ContentKeyBundle,
  deriveScopeSecret,
  ProtocolError,
  parseCapabilities,
  parseStoragePath,
} from '../src/index.ts'
import vectors from '../vectors/content-keys.json' with { type: 'json' }

/** The group of spec 01 §15. */
export function contentKeyVectorGroups(): readonly VectorGroup[] {
  return [{ name: 'content_keys', cases: [...contentKeyCases()] }]
}

/** A form that official decoders accept by accident (spec 01 §15.3, quirk). */
const NOT_REPRODUCED = 'bundle as array'

function* contentKeyCases(): Generator<VectorCase> {
  for (const { identity_seed, path, key } of vectors.derive) {
    yield {
      name: `derive ${identity_seed.slice(0, 4)} ${path}`,
      run: () => expectEqual(deriveScopeSecret(hexDecode(identity_seed), parseStoragePath(path)), hexDecode(key)),
    }
  }
  for (const { identity_seed, scopes, json, postcard, derive_for_path } of vectors.bundles) {
    yield {
      name: `bundle ${scopes.join(' ')}`,
      run: () => {
        const capabilities = parseCapabilities(scopes.map((scope) => `${scope}:e`).join(','))
        const issued = ContentKeyBundle.issue(hexDecode(identity_seed), capabilities)
        const decoded = [ContentKeyBundle.fromJson(json), bundleFromPostcard(hexDecode(postcard))]
        for (const bundle of [issued, ...decoded]) {
          expectEqual(bundle.scopes, scopes)
          expectEqual(bundle.toJsonText(), json)
          expectEqual(hexEncode(bundleToPostcard(bundle)), postcard)
          for (const { path, key, error } of derive_for_path) {
            const derive = () => hexEncode(bundle.deriveForPath(parseStoragePath(path)))
            if (error === undefined) expectEqual(derive(), key)
            else expectFailure(derive, error)
          }
        }
      },
    }
  }
  for (const { name, json, ok, error } of vectors.decode_json) {
    yield {
      name: `JSON: ${name}`,
      run: () => {
        const decode = () => ContentKeyBundle.fromJson(json).scopes
        if (error === undefined && name !== NOT_REPRODUCED) expectEqual(decode(), ok)
        else expectRefusal(decode, error ?? '')
      },
    }
  }
  for (const { name, bytes, ok, error } of vectors.decode_postcard) {
    yield {
      name: `postcard: ${name}`,
      run: () => {
        const decode = () => bundleFromPostcard(hexDecode(bytes)).scopes
        if (error === undefined) expectEqual(decode(), ok)
        else expectFailure(decode, error)
      },
    }
  }
}

/** Texts of our own checks are the official ones; those of the official JSON parser are its own. */
function expectRefusal(decode: () => unknown, official: string): void {
  const withoutPosition = official.replace(/ at line \d+ column \d+$/, '')
  try {
    decode()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    if (error.code !== 'content-key-bundle' || error.message === 'invalid base64url encryption secret') {
      expectEqual(error.message, withoutPosition)
    }
    return
  }
  throw new Error(`accepted what is refused with: ${official}`)
}
