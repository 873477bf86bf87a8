import { base64UrlDecode, base64UrlEncode, CryptoError, equalBytes } from '@pubky/crypto'
import type { Capabilities } from '../capabilities/capabilities.ts'
import { ProtocolError } from '../errors.ts'
import { JsonObject } from '../json.ts'
import { isDirectory, parseStoragePath, type StoragePath, scopeCovers } from '../storage/storage-path.ts'
import { deriveBelow, deriveScopeSecret } from './derivation.ts'

/** One scope and its secret, 32 bytes. */
export interface ScopedSecret {
  readonly scope: StoragePath
  readonly secret: Uint8Array
}

const VERSION = 'v1'

/**
 * The content keys that an app was handed: secrets of some scopes, from which the keys of all files under them follow
 * (spec 01 §15). Secrets never appear in errors or in `toString`.
 */
export class ContentKeyBundle {
  #entries: readonly ScopedSecret[]

  /**
   * A bundle of secrets that are known already; they are kept, not copied.
   * @throws ProtocolError `content-key-conflict`
   */
  constructor(entries: readonly ScopedSecret[]) {
    requireConsistent(entries)
    this.#entries = entries
  }

  /**
   * The bundle a signer issues for approved capabilities: one entry per `e`, in order (spec 01 §15.4).
   * @param identitySeed the user's 32-byte Ed25519 seed
   */
  static issue(identitySeed: Uint8Array, capabilities: Capabilities): ContentKeyBundle {
    const scopes = capabilities.filter(({ actions }) => actions.includes('e')).map(({ scope }) => scope)
    return new ContentKeyBundle(scopes.map((scope) => ({ scope, secret: deriveScopeSecret(identitySeed, scope) })))
  }

  /**
   * Reads the JSON form (spec 01 §15.3).
   * @throws ProtocolError `content-key-bundle`, `content-key-conflict`, `path-…`
   */
  static fromJson(text: string): ContentKeyBundle {
    return ContentKeyBundle.fromJsonObject(attemptJson(() => JsonObject.parse(text)))
  }

  /** As {@link fromJson}, of a member of a larger object. */
  static fromJsonObject(bundle: JsonObject): ContentKeyBundle {
    const entries = attemptJson(() => {
      bundle.requireOnly('version', 'keys')
      if (bundle.string('version') !== VERSION) throw new ProtocolError('json', `expected version \`${VERSION}\``)
      return bundle.objects('keys').map((entry) => {
        entry.requireOnly('scope', 'secret')
        return { scope: entry.string('scope'), secret: entry.string('secret') }
      })
    })
    return new ContentKeyBundle(
      entries.map(({ scope, secret }) => ({ scope: parseStoragePath(scope), secret: decodeSecret(secret) })),
    )
  }

  /** The scopes, in order of arrival. */
  get scopes(): StoragePath[] {
    return this.#entries.map(({ scope }) => scope)
  }

  /**
   * The content key of a file, 32 bytes (spec 01 §15.2).
   * @param path the decoded name under which the server stores the file
   * @throws ProtocolError `content-key-directory`, `content-key-not-covered`
   */
  deriveForPath(path: StoragePath): Uint8Array {
    if (isDirectory(path)) {
      throw new ProtocolError('content-key-directory', `file content keys require a file path, got directory ${path}`)
    }
    const entry = this.#entries.find(({ scope }) => scopeCovers(scope, path))
    if (!entry) {
      throw new ProtocolError('content-key-not-covered', `no bundled key covers requested path ${path}`)
    }
    return new Uint8Array(deriveBelow(entry.secret, entry.scope, path))
  }

  /**
   * A bundle of nothing but the secret of one scope, which may be a directory: for handing a part of the keys on (ours,
   * not official).
   * @throws ProtocolError `content-key-not-covered`
   */
  narrowedTo(scope: StoragePath): ContentKeyBundle {
    const entry = this.#entries.find((held) => scopeCovers(held.scope, scope))
    if (!entry) throw new ProtocolError('content-key-not-covered', `no bundled key covers requested path ${scope}`)
    return new ContentKeyBundle([{ scope, secret: deriveBelow(entry.secret, entry.scope, scope).slice() }])
  }

  /** The scopes with their secrets. */
  get entries(): readonly ScopedSecret[] {
    return this.#entries
  }

  /** The JSON form. It contains the secrets. */
  toJsonText(): string {
    const keys = this.#entries.map(({ scope, secret }) => ({ scope, secret: base64UrlEncode(secret) }))
    return JSON.stringify({ version: VERSION, keys })
  }

  /** Overwrites the secrets. The bundle is empty afterwards: keys made of zeros would be everybody's. */
  wipe(): void {
    for (const { secret } of this.#entries) secret.fill(0)
    this.#entries = []
  }
}

function requireConsistent(entries: readonly ScopedSecret[]): void {
  for (const [index, a] of entries.entries()) {
    for (const b of entries.slice(index + 1)) {
      const [outer, inner] = scopeCovers(a.scope, b.scope) ? [a, b] : [b, a]
      if (!scopeCovers(outer.scope, inner.scope)) continue
      if (!equalBytes(deriveBelow(outer.secret, outer.scope, inner.scope), inner.secret)) {
        throw new ProtocolError(
          'content-key-conflict',
          `inconsistent keys for overlapping scopes ${outer.scope} and ${inner.scope}`,
        )
      }
    }
  }
}

function decodeSecret(text: string): Uint8Array {
  try {
    const secret = base64UrlDecode(text)
    if (secret.length === 32) return secret
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error
  }
  // No cause: it would point into the secret.
  throw new ProtocolError('content-key-bundle', 'invalid base64url encryption secret')
}

function attemptJson<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof ProtocolError) || cause.code !== 'json') throw cause
    throw new ProtocolError('content-key-bundle', `invalid content key bundle: ${cause.message}`, { cause })
  }
}
