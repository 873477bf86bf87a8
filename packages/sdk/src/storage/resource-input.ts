import type { PublicKey } from '@pubky/crypto'
import { parseResourcePath, Resource } from '@pubky/protocol'
import { invalidRequest, messageOf } from '../errors/create.ts'
import { parseZ32 } from '../http/known-keys.ts'

/** The ordinary forms of an address, which need not have their key checked each time. */
const ADDRESS = /^pubky(?::\/\/)?([ybndrfg8ejkmcpqxot1uwisza345h769]{52})(\/.+)$/s

/** The resource an address names. Throws `RequestError`. */
export function resourceOfAddress(address: string): Resource {
  const [, owner, path] = ADDRESS.exec(address) ?? []
  const key = owner === undefined ? undefined : parseZ32(owner)
  if (key !== undefined && path !== undefined) return resourceOfPath(key, path.slice(1))
  return asRequestError(() => Resource.parse(address))
}

/**
 * The resource a path in a user's own storage names. A path that official listings or events print encoded may be longer
 * than names can be; then the name it stands for is meant. Throws `RequestError`.
 */
export function resourceOfPath(user: PublicKey, path: string): Resource {
  return asRequestError(() => {
    try {
      return new Resource(user, parseResourcePath(path))
    } catch (cause) {
      const decoded = percentDecoded(path)
      if (decoded === undefined || decoded === path) throw cause
      return new Resource(user, parseResourcePath(decoded))
    }
  })
}

/**
 * Other names under which official software may have stored, or printed, the file that is asked for: official
 * sessions encode names twice when they write, and official listings print them encoded (spec 05 §3.2, §3.3). Empty
 * for names of plain characters.
 */
export function otherSpellings(resource: Resource): Resource[] {
  const encoded = resource.encodedPath
  if (encoded === resource.path) return []
  const spellings: Resource[] = []
  for (const path of [encoded, percentDecoded(resource.path)]) {
    if (path === undefined || path === resource.path) continue
    try {
      spellings.push(resourceOfPath(resource.owner, path))
    } catch {
      // No server stores such a name.
    }
  }
  return spellings
}

function percentDecoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function asRequestError<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw invalidRequest(messageOf(cause), cause)
  }
}
