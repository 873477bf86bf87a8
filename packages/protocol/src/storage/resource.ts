import { CryptoError, hasDisplayPrefix, type PublicKey, parseRawKeyAddress } from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'
import { USER_HOST_LABEL } from '../names.ts'
import { percentDecodePath, percentEncode } from './percent.ts'
import { parseStoragePath, type StoragePath } from './storage-path.ts'

/** What URLs of official SDKs escape in a segment (spec 01 §3.3). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among them
const ESCAPED_IN_URL = /[\x00-\x20"#%<>?`{}\x7f]|[^\x00-\x7f]/

const DOT_SEGMENT = /\/\.\.?(?:\/|$)/

/**
 * One entry or directory of one user (spec 01 §3.3). The path is kept decoded, as the server stores it, and encoded
 * exactly once when a URL is built.
 */
export class Resource {
  readonly owner: PublicKey
  readonly path: StoragePath

  constructor(owner: PublicKey, path: StoragePath) {
    this.owner = owner
    this.path = path
  }

  /**
   * Reads `pubky://<z32>/<path>` or `pubky<z32>/<path>`, as in list lines, events and what people pass around. The path
   * is decoded: `%20` is three characters.
   * @throws ProtocolError `resource`, `path-…`
   */
  static parse(text: string): Resource {
    const scheme = 'pubky://'
    if (text.startsWith(scheme)) {
      const [owner, path] = splitOwner(text.slice(scheme.length))
      if (owner === undefined) throw new ProtocolError('resource', 'missing `<user>/<path>`')
      requireRawOwner(owner, scheme)
      const key = parseOwner(owner)
      if (!key) throw new ProtocolError('resource', `invalid user public key: ${owner}`)
      return new Resource(key, parseResourcePath(path))
    }
    const prefix = 'pubky'
    const [owner, path] = text.startsWith(prefix) ? splitOwner(text.slice(prefix.length)) : [undefined, '']
    if (owner !== undefined) requireRawOwner(owner, prefix)
    const key = owner === undefined ? undefined : parseOwner(owner)
    if (!key) throw new ProtocolError('resource', 'expected `pubky<user>/<path>` or `pubky://<user>/<path>`')
    return new Resource(key, parseResourcePath(path))
  }

  /**
   * Reads a transport URL in either form: `https://<any>/storage/<z32>/<path>` or `https://_pubky.<z32>/<path>`. The
   * path is decoded once. Query and fragment are not part of it.
   * @throws ProtocolError `resource`, `path-…`
   */
  static fromTransportUrl(url: string): Resource {
    // A URL object would fold dot segments, encoded ones too, before the owner is known.
    const match = /^https?:\/\/(?:[^/?#]*@)?([^/?#:]*)(?::\d+)?(\/[^?#]*)?/i.exec(url)
    if (!match) throw new ProtocolError('resource', 'expected an `https://` transport URL')
    const hostOwner = userOfHost(match[1] ?? '')
    const path = match[2] ?? '/'
    const addressed = /^\/storage\/([^/]*)(\/.*)$/s.exec(path)
    if (!addressed) {
      if (!hostOwner) throw new ProtocolError('resource', `transport URL host must be \`${USER_HOST_LABEL}.<z32>\``)
      return new Resource(hostOwner, parseStoragePath(decodeUrlPath(path)))
    }
    const owner = parseOwner(addressed[1] ?? '')
    if (!owner) throw new ProtocolError('resource', `invalid user public key: ${addressed[1]}`)
    if (hostOwner && !hostOwner.equals(owner)) {
      throw new ProtocolError('resource', 'storage transport URL owner does not match its `_pubky` host')
    }
    return new Resource(owner, parseStoragePath(decodeUrlPath(addressed[2] ?? '/')))
  }

  /** The path as it stands in URLs. */
  get encodedPath(): string {
    return percentEncode(this.path, ESCAPED_IN_URL)
  }

  /** The identifier `pubky<z32><path>`, path encoded. */
  toString(): string {
    return `pubky${this.owner.z32()}${this.encodedPath}`
  }

  /** `pubky://<z32><path>`, path encoded. */
  toPubkyUrl(): string {
    return `pubky://${this.owner.z32()}${this.encodedPath}`
  }

  /** The key of the entry in servers, and what follows `pubky://` in list lines and events: path decoded. */
  entryKey(): string {
    return `${this.owner.z32()}${this.path}`
  }

  /** Path-addressed URL on the owner's own host name. */
  toTransportUrl(): string {
    const owner = this.owner.z32()
    return `https://${USER_HOST_LABEL}.${owner}/storage/${owner}${this.encodedPath}`
  }

  /** Host-addressed URL, for servers that do not list `path-addressed-storage`. */
  toHostAddressedUrl(): string {
    return `https://${USER_HOST_LABEL}.${this.owner.z32()}${this.encodedPath}`
  }
}

/**
 * Reads the decoded path an app passes to its SDK; a missing first slash is added, further ones are dropped (spec 01
 * §3.3). What no server would store is refused here already.
 * @throws ProtocolError `resource`, `path-…`
 */
export function parseResourcePath(text: string): StoragePath {
  if (text === '') throw new ProtocolError('resource', 'path cannot be empty')
  const path = `/${text.replace(/^\/+/, '')}`
  if (path.includes('//')) throw new ProtocolError('resource', "path contains empty segment ('//')")
  if (DOT_SEGMENT.test(path)) throw new ProtocolError('resource', "path cannot contain '.' or '..'")
  return parseStoragePath(path)
}

/** The user whose host name `_pubky.<z32>` this is, if it is one. */
export function userOfHost(host: string): PublicKey | undefined {
  const prefix = `${USER_HOST_LABEL}.`
  return host.startsWith(prefix) ? parseOwner(host.slice(prefix.length)) : undefined
}

function decodeUrlPath(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  return percentDecodePath(percentEncode(path, /[^\x00-\x7f]/))
}

function splitOwner(text: string): [owner: string | undefined, path: string] {
  const slash = text.indexOf('/')
  return slash < 0 ? [undefined, ''] : [text.slice(0, slash), text.slice(slash + 1)]
}

function requireRawOwner(owner: string, before: string): void {
  if (hasDisplayPrefix(owner)) {
    throw new ProtocolError('resource', `unexpected \`pubky\` prefix in user id; use raw z32 after \`${before}\``)
  }
}

function parseOwner(owner: string): PublicKey | undefined {
  try {
    return parseRawKeyAddress(owner)
  } catch (error) {
    if (error instanceof CryptoError) return undefined
    throw error
  }
}
