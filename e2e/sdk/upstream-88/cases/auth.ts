import {
  AuthFlowKind,
  type Capabilities,
  GrantAuthFlow,
  Keypair,
  type PublicKey,
  SigninDeepLink,
  SigninGrantDeepLink,
  SignupDeepLink,
  SignupGrantDeepLink,
} from '@pubky/sdk'
import { type Case, type Surroundings, signedUp, UNREACHABLE_RELAY } from './case.ts'
import { contains, equal, fails, ok } from './check.ts'

const CAPABILITIES: Capabilities = '/pub/pubky.app/:rw,/pub/foo.bar/file:r'
const X_CALLBACK = {
  xSource: 'Bitkit Wallet',
  xSuccess: 'bitkit://callback?nonce=a+b&state=ready%20now',
  xError: 'bitkit://error',
  xCancel: 'bitkit://cancel',
}

function signup(homeserver: PublicKey, token: string): AuthFlowKind {
  return AuthFlowKind.signup(homeserver, token)
}

export const auth: readonly Case[] = [
  {
    number: '8.2.1',
    title: '3rd party signup',
    async run(place) {
      const pubky = place.pubky()
      const token = await place.createSignupToken()
      const flow = pubky.startCookieAuthFlow(CAPABILITIES, signup(place.homeserver, token), place.relay)
      const signer = pubky.signer(Keypair.random())
      await signer.signup(place.homeserver, token)
      await signer.approveAuthRequest(flow.authorizationUrl)
      const session = await flow.awaitApproval()
      equal(session.info.publicKey.z32(), signer.publicKey.z32())
      equal(session.info.capabilities, CAPABILITIES.split(','))
    },
  },
  {
    number: '8.2.2',
    title: 'direct signup deep link',
    async run(place) {
      const signer = place.pubky().signer(Keypair.random())
      const token = await place.createSignupToken()
      await signer.handleDeepLink(`pubkyauth://direct_signup?hs=${place.homeserver.z32()}&st=${token}`)
      const session = await signer.signin('direct.example')
      equal(session.info.publicKey.z32(), signer.publicKey.z32())
    },
  },
  {
    number: '8.2.3',
    title: '3rd party signin',
    async run(place) {
      const pubky = place.pubky()
      const signer = await signedUp(place, pubky)
      const flow = pubky.startCookieAuthFlow(CAPABILITIES, AuthFlowKind.signin(), place.relay)
      await signer.approveAuthRequest(flow.authorizationUrl)
      const session = await flow.awaitApproval()
      equal(session.info.publicKey.z32(), signer.publicKey.z32())
      equal(session.info.capabilities, CAPABILITIES.split(','))
    },
  },
  {
    number: '8.2.4',
    title: 'Grant: 3rd party signin',
    async run(place) {
      const pubky = place.pubky()
      const signer = await signedUp(place, pubky)
      const options = { clientId: 'pubky.app', relay: place.relay }
      const flow = await pubky.startGrantAuthFlow(CAPABILITIES, AuthFlowKind.signin(), options)
      const link = SigninGrantDeepLink.parse(flow.authorizationUrl)
      equal(link.clientId, 'pubky.app')
      equal(link.clientPublicKey.z32().length, 52)
      await signer.approveAuthRequest(flow.authorizationUrl)
      const session = await flow.awaitApproval()
      equal(session.info.capabilities, CAPABILITIES.split(','))
      await session.storage.putText('/pub/pubky.app/grant.txt', 'granted')
      equal(await session.storage.getText('/pub/pubky.app/grant.txt'), 'granted')
    },
  },
  {
    number: '8.2.5',
    title: 'Grant: 3rd party signup',
    async run(place) {
      const pubky = place.pubky()
      const token = await place.createSignupToken()
      const options = { clientId: 'pubky.app', relay: place.relay }
      const flow = await pubky.startGrantAuthFlow(CAPABILITIES, signup(place.homeserver, token), options)
      const link = SignupGrantDeepLink.parse(flow.authorizationUrl)
      equal(link.homeserver.z32(), place.homeserver.z32())
      equal(link.signupToken, token)
      equal(link.clientId, 'pubky.app')
      ok(link.clientPublicKey, 'a client key')
      const signer = pubky.signer(Keypair.random())
      await signer.approveAuthRequest(flow.authorizationUrl)
      const session = await flow.awaitApproval()
      await session.storage.putText('/pub/pubky.app/grant.txt', 'granted')
      equal(await session.storage.getText('/pub/pubky.app/grant.txt'), 'granted')
    },
  },
  {
    number: '8.2.6',
    title: 'startCookieAuthFlow validates capabilities',
    async run(place) {
      const pubky = place.pubky()
      const start = (capabilities: string) =>
        pubky.startCookieAuthFlow(capabilities as Capabilities, AuthFlowKind.signin(), UNREACHABLE_RELAY)
      await fails(() => start('/pub/app/:x'), { name: 'InvalidInput' })
      const swapped = start('/pub/app/:wr')
      equal(new URL(swapped.authorizationUrl).searchParams.get('caps'), '/pub/app/:rw')
      const empty = start('')
      equal(SigninDeepLink.parse(empty.authorizationUrl).capabilities, '')
      swapped.free()
      empty.free()
    },
  },
  {
    number: '8.2.7',
    title: 'x-callback parameters',
    async run(place) {
      const pubky = place.pubky()
      const cookie = pubky.startCookieAuthFlow(CAPABILITIES, AuthFlowKind.signin(), UNREACHABLE_RELAY, X_CALLBACK)
      const options = { clientId: 'pubky.app', relay: UNREACHABLE_RELAY, xCallback: X_CALLBACK }
      const grant = await pubky.startGrantAuthFlow(CAPABILITIES, AuthFlowKind.signin(), options)
      for (const url of [cookie.authorizationUrl, grant.authorizationUrl]) {
        for (const name of ['x-source=', 'x-success=', 'x-error=', 'x-cancel=']) contains(url, name)
      }
      equal(SigninDeepLink.parse(cookie.authorizationUrl).xCallback, X_CALLBACK)
      equal(SigninGrantDeepLink.parse(grant.authorizationUrl).xCallback, X_CALLBACK)
      cookie.free()
      grant.free()
    },
  },
  {
    number: '8.2.8',
    title: 'startGrantAuthFlow validates',
    async run(place) {
      const pubky = place.pubky()
      const start = (capabilities: string, clientId = 'pubky.app', relay = UNREACHABLE_RELAY) =>
        pubky.startGrantAuthFlow(capabilities as Capabilities, AuthFlowKind.signin(), { clientId, relay })
      await fails(() => start('/pub/app/:x'), { name: 'InvalidInput' })
      const swapped = await start('/pub/app/:wr')
      equal(SigninGrantDeepLink.parse(swapped.authorizationUrl).capabilities, '/pub/app/:rw')
      const empty = await start('')
      equal(SigninGrantDeepLink.parse(empty.authorizationUrl).capabilities, '')
      const standalone = GrantAuthFlow.start('/pub/app/:rw', AuthFlowKind.signin(), {
        clientId: 'pubky.app',
        relay: UNREACHABLE_RELAY,
      })
      contains(standalone.authorizationUrl, 'pubkyauth://signin_grant?')
      await fails(() => start('/pub/app/:rw', ''), {
        name: 'AuthenticationError',
        message: 'ClientId must not be empty',
      })
      await fails(() => start('/pub/app/:rw', 'pubky.app', 'not a url'), { name: 'InvalidInput' })
      for (const flow of [swapped, empty, standalone]) flow.free()
    },
  },
  {
    number: '8.2.9',
    title: 'Grant resume',
    async run(place) {
      const pubky = place.pubky()
      const signer = await signedUp(place, pubky)
      const options = { clientId: 'pubky.app', relay: place.relay }
      const flow = localFlow(place, options)
      const state = flow.saveLocal()
      const url = flow.authorizationUrl
      flow.free()
      await signer.approveAuthRequest(url)
      const resumed = pubky.resumeGrantAuthFlow(state)
      equal(resumed.authorizationUrl, url)
      const session = await resumed.awaitApproval()
      equal(session.info.publicKey.z32(), signer.publicKey.z32())
    },
  },
  {
    number: '8.2.10',
    title: 'cookie resume, sign-in',
    async run(place) {
      const pubky = place.pubky()
      const signer = await signedUp(place, pubky)
      const flow = pubky.startCookieAuthFlow(CAPABILITIES, AuthFlowKind.signin(), place.relay)
      const url = flow.authorizationUrl
      flow.free()
      const resumed = pubky.resumeCookieAuthFlow(url)
      equal(resumed.authorizationUrl, url)
      await signer.approveAuthRequest(url)
      const session = await resumed.awaitApproval()
      equal(session.info.publicKey.z32(), signer.publicKey.z32())
    },
  },
  {
    number: '8.2.11',
    title: 'cookie resume, signup',
    async run(place) {
      const pubky = place.pubky()
      const token = await place.createSignupToken()
      const flow = pubky.startCookieAuthFlow(CAPABILITIES, signup(place.homeserver, token), place.relay)
      const url = flow.authorizationUrl
      flow.free()
      const resumed = pubky.resumeCookieAuthFlow(url)
      const link = SignupDeepLink.parse(resumed.authorizationUrl)
      equal([link.homeserver.z32(), link.signupToken], [place.homeserver.z32(), token])
      const signer = pubky.signer(Keypair.random())
      await signer.signup(place.homeserver, token)
      await signer.approveAuthRequest(url)
      const session = await resumed.awaitApproval()
      equal(session.info.publicKey.z32(), signer.publicKey.z32())
    },
  },
  {
    number: '8.2.12',
    title: 'resumeCookieAuthFlow rejects',
    async run(place) {
      const pubky = place.pubky()
      await fails(() => pubky.resumeCookieAuthFlow('https://example.com'), {
        name: 'AuthenticationError',
        message: 'Failed to parse',
      })
      const secret = 'kqnceEMgrNQM_xi06oQXjA3cJHX_RQmw1BY6JE1bse8'
      await fails(() => pubky.resumeCookieAuthFlow(`pubkyauth://secret_export?secret=${secret}`), {
        name: 'AuthenticationError',
        message: 'Only signin and signup',
      })
    },
  },
]

/** A flow with a key in memory, whatever the browser could do; only such flows are saved as text. */
function localFlow(place: Surroundings, options: { clientId: string; relay: string }): GrantAuthFlow {
  const flow = GrantAuthFlow.start(CAPABILITIES, AuthFlowKind.signin(), options)
  const state = flow.saveLocal()
  flow.free()
  return place.pubky().resumeGrantAuthFlow(state)
}
