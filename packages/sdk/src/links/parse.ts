import { type DeepLink, type LinkIntent, parseDeepLink } from '@pubky/protocol'
import { invalidInput, messageOf } from '../errors/create.ts'

/** A link with one of the intents. */
export type LinkOf<I extends LinkIntent> = Extract<DeepLink, { readonly intent: I }>

/** Parses a link of exactly this intent; `title` starts the text of the `InvalidInput` it throws (spec 05 §10). */
export function parseLink<I extends LinkIntent>(url: string, intent: I, title: string): LinkOf<I> {
  try {
    const link = parseDeepLink(url, intent)
    if (hasIntent(link, intent)) return link
  } catch (cause) {
    throw invalidInput(`Invalid ${title} deep link: ${messageOf(cause)}`, cause)
  }
  throw invalidInput(`Invalid ${title} deep link: Invalid intent. Expected ${intent}`)
}

function hasIntent<I extends LinkIntent>(link: DeepLink, intent: I): link is LinkOf<I> {
  return link.intent === intent
}
