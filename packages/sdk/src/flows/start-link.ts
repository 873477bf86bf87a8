import { DEFAULT_HTTP_RELAY } from '@pubky/protocol'
import { invalidInput, messageOf } from '../errors/create.ts'

/** The relay a flow uses. Throws `InvalidInput` for a text that is no URL. */
export function checkedRelay(relay: string | null | undefined): string {
  try {
    return new URL(relay ?? DEFAULT_HTTP_RELAY).href
  } catch (cause) {
    throw invalidInput(messageOf(cause), cause)
  }
}
