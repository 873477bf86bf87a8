import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HomeserverError } from '../error.ts'
import { authorizeRead, authorizeWrite, requireRoot } from './authorize.ts'
import { type Session, toCookieSession, toGrantSession } from './session.ts'

/** One capability as plain data: what the rules of spec 02 §7.3 are about. */
interface Grant {
  readonly scope: readonly string[]
  readonly isDirectory: boolean
  readonly actions: readonly ('r' | 'w' | 'e')[]
}

const segment = fc.constantFrom('pub', 'priv', 'app', 'app-evil', 'ap', 'a', 'file', 'x')
const segments = fc.array(segment, { minLength: 0, maxLength: 4 })
const grant: fc.Arbitrary<Grant> = fc.record({
  scope: segments,
  isDirectory: fc.boolean(),
  actions: fc.uniqueArray(fc.constantFrom('r', 'w', 'e'), { minLength: 1, maxLength: 3 }),
})

function textOf(names: readonly string[], isDirectory: boolean): string {
  return names.length === 0 ? '/' : `/${names.join('/')}${isDirectory ? '/' : ''}`
}

function capabilityText({ scope, isDirectory, actions }: Grant): string {
  return `${textOf(scope, isDirectory)}:${['r', 'w', 'e'].filter((action) => actions.some((own) => own === action)).join('')}`
}

/** The reference: compares names one by one, where the server compares texts. */
function covers(entry: Grant, names: readonly string[], isDirectory: boolean): boolean {
  const isRoot = entry.scope.length === 0
  const isBelow = entry.scope.every((name, index) => names[index] === name)
  if (!isBelow) return false
  if (names.length > entry.scope.length) return isRoot || entry.isDirectory
  return isRoot || entry.isDirectory === isDirectory
}

function expected(
  action: 'r' | 'w',
  grants: readonly Grant[] | undefined,
  isOwner: boolean,
  names: readonly string[],
  isDirectory: boolean,
): string {
  const [root] = names
  const isInside = names.length > 1 || isDirectory
  if (action === 'r' && root === 'pub' && isInside) return 'allowed'
  if (action === 'w' && grants === undefined) return 'no-session'
  const isRooted = isInside && (root === 'pub' || root === 'priv')
  if (!isRooted) return action === 'r' ? 'read-outside-roots' : 'write-outside-roots'
  if (grants === undefined) return 'read-needs-session'
  if (!isOwner) return 'wrong-tenant'
  const isAllowed = grants.some((entry) => entry.actions.includes(action) && covers(entry, names, isDirectory))
  if (isAllowed) return 'allowed'
  return action === 'r' ? 'read-not-granted' : 'write-not-granted'
}

function sessionOf(kind: 'cookie' | 'grant', user: string, capabilities: string): Session {
  if (kind === 'cookie') {
    return toCookieSession({ id: 1, userId: 1, user, capabilities, createdAt: 0, expiresAt: 1 }, new Uint8Array())
  }
  const grantRecord = {
    id: 'g',
    userId: 1,
    user,
    clientId: 'app',
    clientKey: 'k',
    capabilities,
    issuedAtSeconds: 0,
    expiresAtSeconds: 1,
    revokedAtSeconds: undefined,
    createdAt: 0,
  }
  return toGrantSession({ grant: grantRecord, expiresAtSeconds: 1 }, new Uint8Array())
}

function verdict(check: () => unknown): string {
  try {
    check()
    return 'allowed'
  } catch (error) {
    if (error instanceof HomeserverError) return error.code
    throw error
  }
}

test('reading and writing follow the reference for any session, path and set of capabilities', () => {
  fc.assert(
    fc.property(
      fc.option(fc.array(grant, { maxLength: 4 }), { nil: undefined }),
      fc.constantFrom('cookie', 'grant'),
      fc.boolean(),
      segments.filter((names) => names.length > 0),
      fc.boolean(),
      (grants, kind, isOwner, names, isDirectory) => {
        const session =
          grants === undefined
            ? undefined
            : sessionOf(kind, isOwner ? 'owner' : 'other', grants.map(capabilityText).join(','))
        const path = textOf(names, isDirectory)
        expect(verdict(() => authorizeWrite(session, 'owner', path))).toBe(
          expected('w', grants, isOwner, names, isDirectory),
        )
        expect(verdict(() => authorizeRead(session, 'owner', path))).toBe(
          expected('r', grants, isOwner, names, isDirectory),
        )
        const isRoot = grants?.some(
          ({ scope, actions }) => scope.length === 0 && actions.includes('r') && actions.includes('w'),
        )
        expect(verdict(() => requireRoot(session))).toBe(
          session === undefined ? 'no-session' : isRoot ? 'allowed' : 'root-required',
        )
      },
    ),
    { numRuns: 5_000 },
  )
})
