import { ProtocolError } from '../errors.ts'
import { type StoragePath, scopeCovers } from '../storage/storage-path.ts'
import {
  type Action,
  type Capability,
  capabilityCovers,
  formatCapability,
  isRootCapability,
  mergeActions,
  parseCapability,
} from './capability.ts'

/** An ordered list of capabilities; order and repetitions are kept as received (spec 01 §2.1). */
export type Capabilities = readonly Capability[]

/** The first entry of a list that is no capability; `cause` says why. */
export class CapabilityListError extends ProtocolError {
  override readonly name = 'CapabilityListError'
  /** Counted from 1. */
  readonly position: number
  readonly entry: string

  constructor(position: number, entry: string, cause: ProtocolError) {
    super('capability-list', `invalid capability at position ${position} (\`${entry}\`): ${cause.message}`, { cause })
    this.position = position
    this.entry = entry
  }
}

/**
 * Reads a comma-separated list; the empty text is the empty list (spec 01 §2.1).
 * @throws CapabilityListError for the first bad entry
 */
export function parseCapabilities(text: string): Capability[] {
  return text === '' ? [] : parseCapabilityEntries(text.split(','))
}

/** Reads capabilities that arrive one by one, as in a JSON array. @throws CapabilityListError for the first bad one */
export function parseCapabilityEntries(entries: readonly string[]): Capability[] {
  return entries.map((entry, index) => {
    try {
      return parseCapability(entry)
    } catch (cause) {
      if (cause instanceof ProtocolError) throw new CapabilityListError(index + 1, entry, cause)
      throw cause
    }
  })
}

/** The comma-joined text of a list. */
export function formatCapabilities(capabilities: Capabilities): string {
  return capabilities.map(formatCapability).join(',')
}

/**
 * The shortest list that allows the same: entries of one scope merged, covered entries dropped (spec 01 §2.2). Parsed
 * lists are never normalised by themselves.
 */
export function normalizeCapabilities(capabilities: Capabilities): Capability[] {
  const merged = new Map<StoragePath, Capability>()
  for (const capability of capabilities) {
    const { scope, actions } = capability
    const known = merged.get(scope)
    merged.set(scope, known ? { scope, actions: mergeActions(known.actions, actions) } : capability)
  }
  let normalized: Capability[] = []
  for (const capability of merged.values()) {
    if (normalized.some((known) => capabilityCovers(known, capability))) continue
    normalized = normalized.filter((known) => !capabilityCovers(capability, known))
    normalized.push(capability)
  }
  return normalized
}

/** Whether one entry both covers the path and has the action (spec 01 §2.3). */
export function allows(capabilities: Capabilities, action: Action, path: StoragePath): boolean {
  return capabilities.some(({ scope, actions }) => actions.includes(action) && scopeCovers(scope, path))
}

/** Whether one entry is root (spec 01 §2.3). */
export function includesRoot(capabilities: Capabilities): boolean {
  return capabilities.some(isRootCapability)
}

/** Whether one entry asks for content keys. */
export function asksForContentKeys(capabilities: Capabilities): boolean {
  return capabilities.some(({ actions }) => actions.includes('e'))
}
