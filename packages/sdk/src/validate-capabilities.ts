import {
  type Capabilities,
  CapabilityListError,
  formatCapabilities,
  normalizeCapabilities,
  parseCapabilities,
} from '@pubky/protocol'
import { checkedText } from './checked-text.ts'
import { messageOf } from './errors/create.ts'
import { PubkyError } from './errors/pubky-error.ts'

/**
 * Checks a capability list and writes it in its shortest form: equal scopes merged, actions sorted, covered entries
 * dropped. Throws `InvalidInput` whose `data.invalidEntries` holds the first bad entry.
 */
export function validateCapabilities(input: string): string {
  return formatCapabilities(normalizedCapabilities(input))
}

/** As {@link validateCapabilities}, as values. @internal */
export function normalizedCapabilities(input: string): Capabilities {
  return normalizeCapabilities(checkedCapabilities(input))
}

/** A list as given, order and repetitions kept. Throws as {@link validateCapabilities}. @internal */
export function checkedCapabilities(input: string): Capabilities {
  try {
    return parseCapabilities(checkedText(input))
  } catch (cause) {
    const entry = cause instanceof CapabilityListError ? cause.entry : input
    throw new PubkyError('InvalidInput', messageOf(cause), { data: { invalidEntries: [entry] }, cause })
  }
}
