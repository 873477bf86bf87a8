import { base64UrlEncode } from '@pubky/crypto'
import { formatCapabilities } from '../capabilities/capabilities.ts'
import type { DeepLink, LinkCallbacks, SigninGrantLink, SignupGrantLink } from './deep-link.ts'
import { encodeCallback, formatForm } from './query.ts'

type Pair = readonly [name: string, value: string]

/**
 * The text of a link, parameters in the order of official software 0.17 (spec 01 §5.7). Spaces become `%20`, which
 * older signers read where they misread `+`.
 */
export function formatDeepLink(link: DeepLink): string {
  const query = [formatForm(parametersOf(link)), ...callbackPairs(link.callbacks)].join('&')
  return `${link.scheme}://${link.intent}?${query}`
}

function parametersOf(link: DeepLink): Pair[] {
  switch (link.intent) {
    case 'signin':
    case 'signup':
      return [
        ['caps', formatCapabilities(link.capabilities)],
        ['relay', link.relay],
        ['secret', base64UrlEncode(link.secret)],
        ...(link.intent === 'signup' ? signupPairs(link) : []),
      ]
    case 'signin_grant':
    case 'signup_grant':
      return [
        ['caps', formatCapabilities(link.capabilities)],
        ['relay', link.relay],
        ...(link.intent === 'signup_grant' ? signupPairs(link) : []),
        ['cid', link.clientId],
        ['cpk', link.clientKey.z32()],
        ...channelPairs(link),
      ]
    case 'direct_signup':
      return signupPairs(link)
    case 'secret_export':
      return [['secret', base64UrlEncode(link.secret)]]
  }
}

function signupPairs({ homeserver, signupToken }: Pick<SignupGrantLink, 'homeserver' | 'signupToken'>): Pair[] {
  return [['hs', homeserver.z32()], ...(signupToken === undefined ? [] : [['st', signupToken] as const])]
}

function channelPairs({ approvalFormat, channel }: Pick<SigninGrantLink, 'approvalFormat' | 'channel'>): Pair[] {
  return [
    ...(approvalFormat === 'v1' ? [['af', 'v1'] as const] : []),
    channel.kind === 'hpke' ? ['epk', base64UrlEncode(channel.publicKey)] : ['secret', base64UrlEncode(channel.secret)],
  ]
}

function callbackPairs({ source, success, error, cancel }: LinkCallbacks): string[] {
  const pairs = [
    ['x-source', source],
    ['x-success', success],
    ['x-error', error],
    ['x-cancel', cancel],
  ] as const
  return pairs.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeCallback(value)}`]))
}
