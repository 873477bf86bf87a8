import { ProtocolError } from '../errors.ts'
import { parseStoragePath, type StoragePath, scopeCovers } from '../storage/storage-path.ts'

/** Read, write, hand out content keys. */
export type Action = 'r' | 'w' | 'e'

/** A sorted, non-empty set of actions. */
export type Actions = 'r' | 'w' | 'e' | 'rw' | 're' | 'we' | 'rwe'

/** What somebody may do to the paths under one scope (spec 01 §2). */
export interface Capability {
  readonly scope: StoragePath
  readonly actions: Actions
}

const ALL_ACTIONS = ['r', 'w', 'e'] as const

/**
 * Reads one capability such as `/pub/app/:rw`. Actions come out sorted and without repetitions; the scope must be
 * canonical (spec 01 §2.1).
 * @throws ProtocolError `capability-format`, `capability-no-action`, `capability-action`, `capability-scope`
 */
export function parseCapability(text: string): Capability {
  const [scope, actions, ...rest] = text.split(':')
  if (scope === undefined || actions === undefined || rest.length > 0) {
    throw new ProtocolError('capability-format', 'capability must have format `<scope>:<actions>`')
  }
  return createCapability(scope, actions)
}

/**
 * Builds a capability from its parts.
 * @throws ProtocolError `capability-no-action`, `capability-action`, `capability-scope-delimiter`, `capability-scope`
 */
export function createCapability(scope: string, actions: string): Capability {
  const checkedActions = parseActions(actions)
  return { scope: parseScope(scope), actions: checkedActions }
}

/** The text of a capability, `<scope>:<actions>`. */
export function formatCapability(capability: Capability): string {
  return `${capability.scope}:${capability.actions}`
}

/** Whether `a` allows everything that `b` allows (spec 01 §2.2). */
export function capabilityCovers(a: Capability, b: Capability): boolean {
  return scopeCovers(a.scope, b.scope) && [...b.actions].every((action) => a.actions.includes(action))
}

/** Whether a capability is root: everything of the user may be read and written (spec 01 §2.3). */
export function isRootCapability(capability: Capability): boolean {
  return capability.scope === '/' && capability.actions.startsWith('rw')
}

/** The union of two action sets. */
export function mergeActions(a: Actions, b: Actions): Actions {
  return parseActions(a + b)
}

function parseActions(text: string): Actions {
  if (text === '') throw new ProtocolError('capability-no-action', 'capability must contain at least one action')
  for (const char of text) {
    if (char !== 'r' && char !== 'w' && char !== 'e') {
      throw new ProtocolError('capability-action', `invalid capability action \`${char}\``)
    }
  }
  // Filtering a constant list by a non-empty subset of it can give nothing but a member of the union.
  return ALL_ACTIONS.filter((action) => text.includes(action)).join('') as Actions
}

function parseScope(text: string): StoragePath {
  for (const delimiter of [':', ',']) {
    if (text.includes(delimiter)) {
      throw new ProtocolError(
        'capability-scope-delimiter',
        `capability scope contains reserved delimiter \`${delimiter}\``,
      )
    }
  }
  try {
    return parseStoragePath(text)
  } catch (cause) {
    const reason = cause instanceof ProtocolError ? cause.message : 'unreadable'
    throw new ProtocolError('capability-scope', `invalid capability scope: ${reason}`, { cause })
  }
}
