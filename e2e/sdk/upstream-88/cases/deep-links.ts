import {
  DirectSignupDeepLink,
  SigninDeepLink,
  SigninGrantDeepLink,
  SignupDeepLink,
  SignupGrantDeepLink,
} from '@pubky/sdk'
import type { Case } from './case.ts'
import { equal } from './check.ts'

const SECRET = 'kqnceEMgrNQM_xi06oQXjA3cJHX_RQmw1BY6JE1bse8'
const SECRET_BYTES = Uint8Array.from(
  '92a9dc784320acd40cff18b4ea84178c0ddc2475ff4509b0d4163a244d5bb1ef'.match(/../g) ?? [],
  (hex) => Number.parseInt(hex, 16),
)
const HOMESERVER = '5jsjx1o6fzu6aeeo697r3i5rx15zq41kikcye8wtwdqm4nb4tryo'
const CLIENT_KEY = 'orhzqdiexwmi6iidktucgud63ufa5nwtsuzdxe176a8izd6jsqky'
const COMMON = 'caps=%2Fpub%2Fpubky.app%2F%3Arw&relay=https%3A%2F%2Fhttprelay.pubky.app%2Finbox'

export const deepLinks: readonly Case[] = [
  {
    number: '8.6.1',
    title: 'sign-in link',
    async run() {
      const url = `pubkyauth://signin?${COMMON}&secret=${SECRET}&x-source=Bitkit%20Wallet&x-success=bitkit%3A%2F%2Fdone`
      const link = SigninDeepLink.parse(url)
      equal(link.capabilities, '/pub/pubky.app/:rw')
      equal(link.baseRelayUrl, 'https://httprelay.pubky.app/inbox')
      equal(link.secret, SECRET_BYTES)
      equal(link.xCallback, { xSource: 'Bitkit Wallet', xSuccess: 'bitkit://done' })
      equal(link.toString(), url)
    },
  },
  {
    number: '8.6.2',
    title: 'legacy callback parameter',
    async run() {
      const link = SigninDeepLink.parse(`pubkyauth://signin?${COMMON}&secret=${SECRET}&callback=bitkit%3A%2F%2Fdone`)
      equal(link.xCallback, { xSuccess: 'bitkit://done' })
      equal(link.toString(), `pubkyauth://signin?${COMMON}&secret=${SECRET}&x-success=bitkit%3A%2F%2Fdone`)
    },
  },
  {
    number: '8.6.3',
    title: 'signup link',
    async run() {
      const url = `pubkyauth://signup?${COMMON}&secret=${SECRET}&hs=${HOMESERVER}&st=JZY0-D6MY-ZFNG`
      const link = SignupDeepLink.parse(url)
      equal(link.homeserver.z32(), HOMESERVER)
      equal(link.signupToken, 'JZY0-D6MY-ZFNG')
      equal(link.secret, SECRET_BYTES)
      equal(link.toString(), url)
    },
  },
  {
    number: '8.6.4',
    title: 'direct signup without token',
    async run() {
      const link = DirectSignupDeepLink.parse(`pubkyauth://direct_signup?hs=${HOMESERVER}`)
      equal([link.homeserver.z32(), link.signupToken], [HOMESERVER, undefined])
    },
  },
  {
    number: '8.6.5',
    title: 'direct signup with token',
    async run() {
      const url = `pubkyauth://direct_signup?hs=${HOMESERVER}&st=JZY0-D6MY-ZFNG`
      const link = DirectSignupDeepLink.parse(url)
      equal(link.signupToken, 'JZY0-D6MY-ZFNG')
      equal(link.toString(), url)
    },
  },
  {
    number: '8.6.6',
    title: 'grant sign-in link',
    async run() {
      const link = SigninGrantDeepLink.parse(
        `pubkyauth://signin_grant?${COMMON}&secret=${SECRET}&cid=franky.pubky.app&cpk=${CLIENT_KEY}`,
      )
      equal([link.clientId, link.clientPublicKey.z32(), link.secret], ['franky.pubky.app', CLIENT_KEY, SECRET_BYTES])
      equal(SigninGrantDeepLink.parse(link.toString()).toString(), link.toString())
    },
  },
  {
    number: '8.6.7',
    title: 'grant signup link',
    async run() {
      const link = SignupGrantDeepLink.parse(
        `pubkyauth://signup_grant?${COMMON}&secret=${SECRET}&hs=${HOMESERVER}&st=123&cid=franky.pubky.app&cpk=${CLIENT_KEY}`,
      )
      equal([link.homeserver.z32(), link.signupToken, link.clientId], [HOMESERVER, '123', 'franky.pubky.app'])
      equal(SignupGrantDeepLink.parse(link.toString()).toString(), link.toString())
    },
  },
]
