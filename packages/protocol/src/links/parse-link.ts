import { base64UrlDecode, CryptoError, type PublicKey, parseKeyAddress } from '@pubky/crypto'
import { asksForContentKeys, type Capabilities, parseCapabilities } from '../capabilities/capabilities.ts'
import { ProtocolError } from '../errors.ts'
import type {
  ApprovalFormat,
  DeepLink,
  GrantChannel,
  LinkCallbacks,
  LinkIntent,
  LinkScheme,
  SigninGrantLink,
} from './deep-link.ts'
import { LinkQuery } from './query.ts'

const LINK = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)[^?#]*(?:\?([^#]*))?(?:#.*)?$/s

const INTENTS: readonly string[] = [
  'signin',
  'signup',
  'signin_grant',
  'signup_grant',
  'direct_signup',
  'secret_export',
] satisfies LinkIntent[]

/**
 * Reads a link (spec 01 §5.7). The first value of a parameter counts, unknown ones are ignored. Messages are the
 * official ones and never repeat a secret. White space around a link, as scanners and clipboards leave it, is nothing.
 * @param expected refuses every other intent; without it a link without intent is a `signin`, as in the official
 * generic parser
 * @throws ProtocolError `link-…`
 */
export function parseDeepLink(text: string, expected?: LinkIntent): DeepLink {
  const match = LINK.exec(String(text).trim())
  if (!match) throw new ProtocolError('link-url', 'Failed to parse URL')
  const scheme = requireScheme(match[1] ?? '')
  const intent = requireIntent(match[2] ?? '', expected)
  const query = new LinkQuery(match[3] ?? '')
  const base = { scheme, callbacks: callbacksOf(query) }
  switch (intent) {
    case 'signin':
      return { ...base, intent, ...tokenParameters(query) }
    case 'signup':
      return { ...base, intent, ...tokenParameters(query), ...signupParameters(query) }
    case 'signin_grant':
      return { ...base, intent, ...grantParameters(query), ...clientParameters(query) }
    case 'signup_grant':
      return { ...base, intent, ...grantParameters(query), ...signupParameters(query), ...clientParameters(query) }
    case 'direct_signup':
      return { ...base, intent, ...signupParameters(query) }
    case 'secret_export':
      return { ...base, intent, secret: bytes32(query, 'secret') }
  }
}

function requireScheme(text: string): LinkScheme {
  const scheme = text.toLowerCase()
  if (scheme !== 'pubkyauth' && scheme !== 'pubkyring') {
    throw new ProtocolError('link-scheme', 'Invalid schema. Expected pubkyauth or pubkyring')
  }
  return scheme
}

function requireIntent(host: string, expected: LinkIntent | undefined): LinkIntent {
  const text = host === '' && expected === undefined ? 'signin' : host
  if (expected === undefined ? !isIntent(text) : text !== expected) {
    throw new ProtocolError('link-intent', `Invalid intent. Expected ${expected ?? 'Intent not recognized.'}`)
  }
  return text as LinkIntent
}

function isIntent(text: string): text is LinkIntent {
  return INTENTS.includes(text)
}

function tokenParameters(query: LinkQuery): { capabilities: Capabilities; relay: string; secret: Uint8Array } {
  const capabilities = capabilitiesOf(query)
  const relay = relayOf(query)
  return { capabilities, relay, secret: bytes32(query, 'secret') }
}

function grantParameters(
  query: LinkQuery,
): Pick<SigninGrantLink, 'capabilities' | 'relay' | 'approvalFormat' | 'channel'> {
  const approvalFormat = approvalFormatOf(query)
  const capabilities = capabilitiesOf(query)
  if (approvalFormat === 'bare' && asksForContentKeys(capabilities)) {
    throw invalid(
      'caps',
      'Authentication error: General authentication error: encryption key permission requires af=v1',
    )
  }
  return { capabilities, relay: relayOf(query), approvalFormat, channel: channelOf(query, approvalFormat) }
}

function approvalFormatOf(query: LinkQuery): ApprovalFormat {
  const values = query.all('af')
  if (values.length === 0) return 'bare'
  if (values.length > 1 || values[0] !== 'v1') {
    throw invalid('af', 'expected one af=v1 parameter, or none for a bare grant')
  }
  return 'v1'
}

function channelOf(query: LinkQuery, approvalFormat: ApprovalFormat): GrantChannel {
  const publicKey = optionalBytes32(query, 'epk')
  const secret = optionalBytes32(query, 'secret')
  if (publicKey && secret) throw invalid('secret', 'secret must be omitted when epk is present')
  if (approvalFormat === 'v1' && !publicKey) throw invalid('epk', 'af=v1 requires one epk parameter')
  if (publicKey) return { kind: 'hpke', publicKey }
  if (secret) return { kind: 'secret', secret }
  throw missing('secret')
}

function signupParameters(query: LinkQuery): { homeserver: PublicKey; signupToken?: string } {
  const homeserver = keyOf(query, 'hs')
  const signupToken = query.first('st')
  return signupToken === undefined ? { homeserver } : { homeserver, signupToken }
}

function clientParameters(query: LinkQuery): { clientId: string; clientKey: PublicKey } {
  return { clientId: required(query, 'cid'), clientKey: keyOf(query, 'cpk') }
}

function callbacksOf(query: LinkQuery): LinkCallbacks {
  const callbacks = {
    source: query.callback('x-source'),
    success: query.callback('x-success') ?? query.callback('callback'),
    error: query.callback('x-error'),
    cancel: query.callback('x-cancel'),
  }
  return Object.fromEntries(Object.entries(callbacks).filter(([, value]) => value !== undefined))
}

function capabilitiesOf(query: LinkQuery): Capabilities {
  return checked('caps', () => parseCapabilities(required(query, 'caps')))
}

function relayOf(query: LinkQuery): string {
  const text = required(query, 'relay')
  if (!URL.canParse(text)) throw invalid('relay', 'relative URL without a base')
  return new URL(text).href
}

function keyOf(query: LinkQuery, name: string): PublicKey {
  return checked(name, () => parseKeyAddress(required(query, name)))
}

function bytes32(query: LinkQuery, name: string): Uint8Array {
  required(query, name)
  return optionalBytes32(query, name) ?? new Uint8Array(0)
}

function optionalBytes32(query: LinkQuery, name: string): Uint8Array | undefined {
  const text = query.first(name)
  if (text === undefined) return undefined
  const bytes = checked(name, () => base64UrlDecode(text))
  if (bytes.length !== 32) throw invalid(name, `expected 32 bytes, got ${bytes.length}`)
  return bytes
}

function required(query: LinkQuery, name: string): string {
  const value = query.first(name)
  if (value === undefined) throw missing(name)
  return value
}

/** Runs a parser and names the parameter in its error. */
function checked<T>(name: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    const isOwn = cause instanceof ProtocolError && cause.code.startsWith('link-')
    if (isOwn || !(cause instanceof ProtocolError || cause instanceof CryptoError)) throw cause
    throw invalid(name, cause.message, cause)
  }
}

function missing(name: string): ProtocolError {
  return new ProtocolError('link-missing-parameter', `Missing query parameter ${name}`)
}

function invalid(name: string, reason: string, cause?: unknown): ProtocolError {
  return new ProtocolError('link-parameter', `Invalid query parameter ${name}: ${reason}`, { cause })
}
