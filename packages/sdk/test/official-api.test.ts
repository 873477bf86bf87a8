import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import * as compat from '../src/compat.ts'
import * as sdk from '../src/index.ts'
import * as node from '../src/node.ts'

/** `m` a method, `g` a getter; `s.` in front for static ones (spec 05 §2, names to keep). */
const OFFICIAL: Readonly<Record<string, string>> = {
  AuthFlow: 's.m start s.m resume g authorizationUrl m awaitApproval m awaitToken m tryPollOnce',
  AuthFlowKind: 's.m signin s.m signup g intent',
  AuthToken: 's.m verify s.m fromBytes g publicKey g capabilities m toBytes',
  BrowserSessionStore: 'm isAvailable m save m list m restore m remove m clear m clearAll',
  Client: 's.m testnet m fetch',
  CookieSession: 'm export m exportSecret',
  DirectSignupDeepLink: 's.m parse m toString g xCallback g homeserver g signupToken',
  Event: 'g eventType g resource g cursor g contentHash',
  EventStreamBuilder: 'm addUsers m limit m live m reverse m path m session m subscribe m maxEventBytes',
  GrantAuthFlow:
    's.m start s.m startDelegated s.m resume s.m resumeDelegated s.g isDelegationAvailable g authorizationUrl m awaitApproval m tryPollOnce m saveLocal m saveDelegated',
  GrantInfo: 'g grantId g clientId g capabilities g issuedAt g expiresAt',
  GrantManager: 'm list m revoke',
  GrantSession: 'm sessionInfo m grantId m exportLocalSecret g encryptionKeys m createCustomPop',
  GrantSessionInfo:
    'g homeserver g publicKey g clientId g capabilities g grantId g tokenExpiresAt g grantExpiresAt g createdAt',
  Keypair: 's.m random s.m fromSecret s.m fromRecoveryFile m secret m createRecoveryFile g publicKey',
  Pkdns: 's.m fromKeypair m getHomeserverOf m getHomeserver m publishHomeserverForce m publishHomeserverIfStale',
  Pubky:
    's.m testnet s.m withClient m startCookieAuthFlow m startAuthFlow m startGrantAuthFlow m resumeCookieAuthFlow m resumeAuthFlow m resumeGrantAuthFlow m resumeDelegatedGrantAuthFlow m signer g publicStorage g client g browserSessionStore m getHomeserverOf m restoreSession m eventStreamForUser m eventStreamFor',
  PubkyResource: 's.m parse g owner g path m toPubkyUrl m toString',
  PublicKey: 's.m from m z32 m toString m toUint8Array',
  PublicStorage: 'm list m get m getBytes m getText m getJson m exists m stats',
  SeedExportDeepLink: 's.m parse m toString g xCallback g secret',
  Session: 's.m restore g info g storage g grant g cookie m signout m export m exportLocalSecret m exportSecret',
  SessionInfo: 'g publicKey g capabilities',
  SessionStorage:
    'm list m get m getBytes m getText m getJson m exists m stats m putBytes m putText m putJson m delete m lock m refreshLock m unlock m putLocked m putBytesLocked m putTextLocked m deleteLocked',
  SigninDeepLink: 's.m parse m toString g xCallback g capabilities g baseRelayUrl g secret',
  SigninGrantDeepLink:
    's.m parse m toString g xCallback g capabilities g baseRelayUrl g secret g clientId g clientPublicKey g approvalFormat g ephemeralPublicKey',
  Signer:
    's.m fromKeypair g publicKey g pkdns m signup m signin m signinBlocking m signupCookie m signinCookie m signinCookieBlocking m approveAuthRequest m handleDeepLink m approveAuthRequestWithCapabilities',
  SignupDeepLink: 's.m parse m toString g xCallback g capabilities g baseRelayUrl g secret g homeserver g signupToken',
  SignupGrantDeepLink:
    's.m parse m toString g xCallback g capabilities g baseRelayUrl g secret g homeserver g signupToken g clientId g clientPublicKey g approvalFormat g ephemeralPublicKey',
  StoredSessionInfo:
    'g id g storageMode g publicKey g homeserver g grantId g clientId g capabilities g grantExpiresAt g createdAt',
}

/** The descriptor of a member, wherever in the class chain it is defined. */
function descriptorOf(object: object | null, name: string): PropertyDescriptor | undefined {
  for (let at = object; at !== null; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, name)
    if (found !== undefined) return found
  }
  return undefined
}

describe('every official class is here, with its members and their nature', () => {
  for (const [name, members] of Object.entries(OFFICIAL)) {
    it(name, () => {
      const found: unknown = Reflect.get(sdk, name)
      if (typeof found !== 'function') throw new Error(`${name} is not exported`)
      const prototype: object = found.prototype
      for (const [, kind, member = ''] of members.matchAll(/((?:s\.)?[mg]) (\w+)/g)) {
        const owner = kind?.startsWith('s.') ? found : prototype
        const descriptor = descriptorOf(owner, member)
        const nature = typeof descriptor?.value === 'function' ? 'm' : descriptor?.get === undefined ? 'none' : 'g'
        expect(`${member}: ${nature}`).toBe(`${member}: ${kind?.at(-1)}`)
      }
      expect(descriptorOf(prototype, 'free')?.value).toBeTypeOf('function')
      expect(Reflect.get(prototype, Symbol.dispose)).toBeTypeOf('function')
    })
  }

  it('and the free functions', () => {
    for (const each of [sdk.setLogLevel, sdk.resolvePubky, sdk.validateCapabilities, sdk.verifyCustomGrantPop]) {
      expect(each).toBeTypeOf('function')
    }
  })

  it('bytes may be plain arrays, or come from another realm', () => {
    const keypair = sdk.Keypair.random()
    const file = keypair.createRecoveryFile('passphrase')
    const other = (bytes: Uint8Array): Uint8Array => runInNewContext(`Uint8Array.of(${bytes})`)
    for (const given of [(bytes: Uint8Array) => Array.from(bytes), other]) {
      const again = Reflect.apply(sdk.Keypair.fromSecret, sdk.Keypair, [given(keypair.secret())])
      expect(again.secret()).toEqual(keypair.secret())
      const opened = Reflect.apply(sdk.Keypair.fromRecoveryFile, sdk.Keypair, [given(file), 'passphrase'])
      expect(opened.secret()).toEqual(keypair.secret())
    }
    for (const bad of [null, undefined, 32, 'x'.repeat(32), [1]]) {
      const take = () => Reflect.apply(sdk.Keypair.fromSecret, sdk.Keypair, [bad])
      expect(take).toThrow(expect.objectContaining({ name: 'InvalidInput' }))
    }
  })

  it('all of it is the default export too', () => {
    for (const { default: all, ...named } of [sdk, compat, node]) {
      expect(Object.keys(all).sort()).toEqual(Object.keys(named).sort())
      expect(all.Pubky).toBe(named.Pubky)
    }
  })

  it('importing it does nothing to the page', async () => {
    const before = Reflect.ownKeys(globalThis)
    await import('../src/index.ts')
    expect(Reflect.ownKeys(globalThis)).toEqual(before)
  })
})
