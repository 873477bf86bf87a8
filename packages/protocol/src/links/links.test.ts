import { base64UrlEncode, Keypair, x25519PublicKey } from '@pubky/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutatedText, noise, survives } from '../../../crypto/test/hostile.ts'
import { capability } from '../../test/arbitraries.ts'
import { parseCapabilities } from '../capabilities/capabilities.ts'
import { ProtocolError } from '../errors.ts'
import type { DeepLink } from './deep-link.ts'
import { formatDeepLink } from './format-link.ts'
import { parseDeepLink } from './parse-link.ts'
import { formatPendingFlow, parsePendingFlow } from './pending-flow.ts'
import { relayChannelUrl, relayKind } from './relay-channel.ts'

const homeserver = Keypair.fromSecret(new Uint8Array(32).fill(7)).publicKey
const client = Keypair.fromSecret(new Uint8Array(32).fill(2))
const secret = new Uint8Array(32).fill(42)
const text = fc.string({ unit: 'grapheme', maxLength: 20 })
const capabilities = fc.array(
  capability.filter(({ scope }) => !/[:,]/.test(scope)),
  { maxLength: 4 },
)
const base = fc.record({
  scheme: fc.constantFrom('pubkyauth', 'pubkyring'),
  callbacks: fc.record({ source: text, success: text, error: text, cancel: text }, { requiredKeys: [] }),
})
const relay = fc.constantFrom('https://httprelay.pubky.app/inbox', 'http://localhost:15412/link?x=1')

const link: fc.Arbitrary<DeepLink> = fc
  .tuple(base, capabilities, relay, text, fc.boolean(), fc.constantFrom(0, 1, 2, 3, 4, 5))
  .map(([common, list, url, token, isSealed, kind]): DeepLink => {
    const asked = { ...common, capabilities: list, relay: url }
    const grant = {
      ...asked,
      clientId: token,
      clientKey: client.publicKey,
      ...(isSealed
        ? { approvalFormat: 'v1' as const, channel: { kind: 'hpke' as const, publicKey: secret } }
        : {
            approvalFormat: 'bare' as const,
            channel: { kind: 'secret' as const, secret },
            capabilities: list.filter(({ actions }) => !actions.includes('e')),
          }),
    }
    const links: readonly DeepLink[] = [
      { ...asked, intent: 'signin', secret },
      { ...asked, intent: 'signup', secret, homeserver, signupToken: token },
      { ...grant, intent: 'signin_grant' },
      { ...grant, intent: 'signup_grant', homeserver },
      { ...common, intent: 'direct_signup', homeserver, signupToken: token },
      { ...common, intent: 'secret_export', secret },
    ]
    const chosen = links[kind]
    if (!chosen) throw new Error(`no link ${kind}`)
    return chosen
  })

test('links are read back', () => {
  fc.assert(
    fc.property(link, (made) => {
      const written = formatDeepLink(made)
      expect(parseDeepLink(written)).toEqual(made)
      expect(parseDeepLink(written, made.intent)).toEqual(made)
      expect(written).toMatch(/^[\x21-\x7e]+$/)
      expect(written).not.toContain('+')
      expect(URL.canParse(written)).toBe(true)
    }),
  )
})

test('hostile text gives a link or a ProtocolError without the secret', () => {
  fc.assert(
    fc.property(fc.oneof(noise, link.map(formatDeepLink).chain(mutatedText)), (changed) => {
      survives(ProtocolError, () => parseDeepLink(changed))
      try {
        parseDeepLink(changed)
      } catch (error) {
        expect(String(error)).not.toContain('KioqKioqKioqKioq')
      }
    }),
  )
})

test.each([
  ['no URL', 'pubkyauth', 'Failed to parse URL'],
  ['nothing', undefined as unknown as string, 'Failed to parse URL'],
  ['another scheme', 'https://signin?caps=', 'Invalid schema. Expected pubkyauth or pubkyring'],
  ['an unknown intent', 'pubkyauth://SIGNIN?caps=', 'Invalid intent. Expected Intent not recognized.'],
  ['no capabilities', 'pubkyauth://signin?relay=http://x', 'Missing query parameter caps'],
  [
    'a relative relay',
    'pubkyauth://signin?caps=&relay=inbox',
    'Invalid query parameter relay: relative URL without a base',
  ],
  ['no homeserver', 'pubkyauth://direct_signup?st=1', 'Missing query parameter hs'],
  [
    'a short secret',
    'pubkyauth://secret_export?secret=AAAA',
    'Invalid query parameter secret: expected 32 bytes, got 3',
  ],
  [
    'a bad capability',
    'pubkyauth://signin?caps=/a:r,invalid:w',
    'Invalid query parameter caps: invalid capability at position 2 (`invalid:w`): invalid capability scope: path must be absolute',
  ],
])('a link with %s is refused', (_name, url, message) => {
  expect(() => parseDeepLink(url)).toThrow(expect.objectContaining({ name: 'ProtocolError', message }))
})

test('white space around a link, as scanners and clipboards leave it, is nothing', () => {
  const text = `pubkyauth://signin?caps=&relay=http://x&secret=${base64UrlEncode(new Uint8Array(32))}`
  expect(parseDeepLink(`\t ${text}\r\n`)).toEqual(parseDeepLink(text))
})

test('callbacks are decoded once, and stay as they are when they do not decode', () => {
  const start = 'pubkyauth://direct_signup?hs=7jfgaa9nutjyixzikb7tgmsf9gkwq7iqz498zr1nd5ig1fng4esy'
  const callbacks = (query: string) => parseDeepLink(`${start}&${query}`).callbacks
  expect(callbacks('x-success=a%252Bb+c')).toEqual({ success: 'a%2Bb+c' })
  expect(callbacks('x-error=100%')).toEqual({ error: '100%' })
  expect(callbacks('x-error=%ff')).toEqual({ error: '%ff' })
  expect(callbacks('callback=old')).toEqual({ success: 'old' })
  expect(callbacks('callback=old&x-success=')).toEqual({ success: '' })
})

test.each([
  ['https://relay.example/inbox', 'https://relay.example/inbox/ID', 'inbox'],
  ['https://relay.example/inbox/', 'https://relay.example/inbox/ID', 'inbox'],
  ['https://relay.example/inbox/?x=1', 'https://relay.example/inbox/ID?x=1', 'inbox'],
  ['https://relay.example', 'https://relay.example/ID', 'inbox'],
  ['https://relay.example/link//', 'https://relay.example/link//ID', 'link'],
  ['https://relay.example/a/link', 'https://relay.example/a/link/ID', 'link'],
])('the channel of %s', (url, channel, kind) => {
  expect(relayChannelUrl(url, 'ID')).toBe(channel)
  expect(relayKind(url)).toBe(kind)
})

test('a relay of a hundred thousand slashes costs no time', () => {
  expect(relayKind(`https://relay.example/link${'/'.repeat(200_000)}x`)).toBe('inbox')
})

test('a delegated flow keeps the name of its key', () => {
  const approvalSecret = new Uint8Array(32).fill(9)
  const flow = {
    link: {
      scheme: 'pubkyauth',
      intent: 'signin_grant',
      callbacks: {},
      capabilities: parseCapabilities('/pub/a/:rwe'),
      relay: 'http://localhost/inbox',
      clientId: 'a.example',
      clientKey: client.publicKey,
      approvalFormat: 'v1',
      channel: { kind: 'hpke', publicKey: x25519PublicKey(approvalSecret) },
    },
    signer: { kind: 'delegated', keyId: 'k1', clientKey: client.publicKey },
    approvalSecret,
  } as const
  const saved = formatPendingFlow(flow)
  expect(parsePendingFlow(saved)).toEqual(flow)
  expect(() => parsePendingFlow(saved.replace(client.publicKey.z32(), homeserver.z32()))).toThrow(ProtocolError)
  fc.assert(fc.property(mutatedText(saved), (changed) => survives(ProtocolError, () => parsePendingFlow(changed))))
})
