import { CryptoError, hasDisplayPrefix, type PublicKey, parseRawKeyAddress } from '@pubky/crypto'
import { ProtocolError } from '../errors.ts'
import { USER_HOST_LABEL } from '../names.ts'
import { percentDecodePath, percentEncode } from './percent.ts'
import { parseStoragePath, type StoragePath } from './storage-path.ts'

/** What URLs of official SDKs escape in a segment (spec 01 §3.3). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among them
const ESCAPED_IN_URL = /[\x00-\x20"#%<>?`{}\x7f]|[^\x00-\x7f]/

const SCHEME = 'pubky://'
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
    const [, scheme, owner, path = ''] = /^(pubky(?::\/\/)?)(?:([^/]*)\/(.*))?/s.exec(text) ?? []
    if (scheme === undefined || owner === undefined) throw malformed(scheme === SCHEME)
    if (hasDisplayPrefix(owner)) {
      throw invalid(`unexpected \`pubky\` prefix in user id; use raw z32 after \`${scheme}\``)
    }
    const key = parseOwner(owner)
    if (!key) throw scheme === SCHEME ? invalidOwner(owner) : malformed(false)
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
    if (!match) throw invalid('expected an `https://` transport URL')
    const hostOwner = userOfHost(match[1] ?? '')
    const path = match[2] ?? '/'
    const addressed = /^\/storage\/([^/]*)(\/.*)$/s.exec(path)
    if (!addressed) {
      if (!hostOwner) throw invalid(`transport URL host must be \`${USER_HOST_LABEL}.<z32>\``)
      return new Resource(hostOwner, parseStoragePath(decodeUrlPath(path)))
    }
    const owner = parseOwner(addressed[1] ?? '')
    if (!owner) throw invalidOwner(addressed[1] ?? '')
    if (hostOwner && !hostOwner.equals(owner)) {
      throw invalid('storage transport URL owner does not match its `_pubky` host')
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
}

/** Host-addressed URL of a resource, for servers that do not list `path-addressed-storage`. */
export function hostAddressedUrl(resource: Resource): string {
  return `https://${USER_HOST_LABEL}.${resource.owner.z32()}${resource.encodedPath}`
}

/**
 * Reads the decoded path an app passes to its SDK; a missing first slash is added, further ones are dropped (spec 01
 * §3.3). What no server would store is refused here already.
 * @throws ProtocolError `resource`, `path-…`
 */
export function parseResourcePath(text: string): StoragePath {
  if (text === '') throw invalid('path cannot be empty')
  const path = `/${text.replace(/^\/+/, '')}`
  if (path.includes('//')) throw invalid("path contains empty segment ('//')")
  if (DOT_SEGMENT.test(path)) throw invalid("path cannot contain '.' or '..'")
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

function malformed(hasScheme: boolean): ProtocolError {
  return invalid(hasScheme ? 'missing `<user>/<path>`' : 'expected `pubky<user>/<path>` or `pubky://<user>/<path>`')
}

function invalidOwner(owner: string): ProtocolError {
  return invalid(`invalid user public key: ${owner}`)
}

function invalid(message: string): ProtocolError {
  return new ProtocolError('resource', message)
}

function parseOwner(owner: string): PublicKey | undefined {
  try {
    return parseRawKeyAddress(owner)
  } catch (error) {
    if (error instanceof CryptoError) return undefined
    throw error
  }
}
