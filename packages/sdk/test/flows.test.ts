import { base64UrlDecode, Keypair as CryptoKeypair, secretboxSeal, utf8Encode } from '@pubky/crypto'
import { type GrantClaims, parseCapabilities, relayChannelId, signGrant } from '@pubky/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { statusCodeOf } from '../src/errors/status-code.ts'
import {
  AuthFlowKind,
  type Capabilities,
  GrantAuthFlow,
  PublicKey,
  ScopedEncryptionKeys,
  SigninDeepLink,
  SigninGrantDeepLink,
} from '../src/index.ts'
import vectors from '../vectors/sdk-0-17.json' with { type: 'json' }
import { claimsOf, withGrants } from './grant-script.ts'
import { ScriptedNetwork } from './scripted-network.ts'

let network: ScriptedNetwork

beforeEach(async () => {
  network = await ScriptedNetwork.start()
  network.script = withGrants(network)
})

afterEach(async () => {
  await network[Symbol.asyncDispose]()
})

function startFlow(capabilities: Capabilities, approvalFormat: 'bare' | 'v1' = 'bare'): Promise<GrantAuthFlow> {
  const options = { clientId: 'chat.example', relay: network.relay, approvalFormat }
  return network.pubky().startGrantAuthFlow(capabilities, AuthFlowKind.signin(), options)
}

describe('signers approve the whole or a part (spec 05 §11.5)', () => {
  for (const { requested, approved, format, result } of vectors.approve_with_capabilities) {
    it(`${requested} → ${approved || 'nothing'} (${format})`, async () => {
      using flow = await startFlow(requested as Capabilities, format === 'v1' ? 'v1' : 'bare')
      const signer = network.pubky().signer(network.user)
      const outcome = await signer
        .approveAuthRequestWithCapabilities(flow.authorizationUrl, approved as Capabilities)
        .then(
          () => 'posted',
          (error: Error) => error.message,
        )
      expect(outcome).toBe(result)
      expect(network.messages.size).toBe(result === 'posted' ? 1 : 0)
    })
  }

  it('cookie links may ask for e; it goes into the token', async () => {
    const { link_caps, auth_token_caps } = vectors.cookie_link_with_e
    const flow = network.pubky().startCookieAuthFlow(link_caps as Capabilities, AuthFlowKind.signin(), network.relay)
    await network.pubky().signer(network.user).approveAuthRequest(flow.authorizationUrl)
    const token = await flow.awaitToken()
    expect(token.capabilities.join()).toBe(auth_token_caps)
  })
})

describe('apps check what comes back (spec 05 §11.6)', () => {
  it('a client id is needed', async () => {
    for (const options of [{}, { clientId: '' }, { clientId: null }, { clientId: 'ä'.repeat(127) }]) {
      const start = () => Reflect.apply(GrantAuthFlow.start, GrantAuthFlow, ['', AuthFlowKind.signin(), options])
      expect(start).toThrow(
        expect.objectContaining({ name: 'AuthenticationError', message: expect.stringContaining('ClientId must') }),
      )
    }
  })

  it('e without a signed approval is refused before anything is sent', async () => {
    await expect(startFlow('/pub/chat/:rwe')).rejects.toMatchObject({
      name: 'AuthenticationError',
      message: vectors.start_with_e_without_v1,
    })
  })

  /** What a misbehaving signer makes of the claims asked for. */
  const CHANGES: Record<string, Partial<Omit<GrantClaims, 'issuer'>>> = {
    'scope exceeds': { capabilities: parseCapabilities('/pub/:rw') },
    'other client id': { clientId: 'evil.example' },
    'other client key': { clientKey: CryptoKeypair.fromSecret(new Uint8Array(32).fill(9)).publicKey },
    'iat == exp': { issuedAt: 1_700_000_000, expiresAt: 1_700_000_000 },
    'expired is left to the homeserver': { issuedAt: 1_700_000_000, expiresAt: 1_700_000_001 },
  }
  const MESSAGES: Record<string, Uint8Array> = {
    'not a grant': utf8Encode('hello'),
    'not UTF-8': Uint8Array.of(0xff, 0xfe),
  }

  for (const { name, error } of vectors.received_bare_grant.cases) {
    it(name, async () => {
      using flow = await startFlow('/pub/chat/:rw')
      const link = SigninGrantDeepLink.parse(flow.authorizationUrl)
      const secret = link.secret!
      const claims = {
        clientId: 'chat.example',
        capabilities: parseCapabilities('/pub/chat/:rw'),
        clientKey: link.clientPublicKey.inner,
        grantId: 'AAAAAAAAAAAAAAAAAAAAAA',
        issuedAt: 1_700_000_000,
        expiresAt: 4_102_444_800,
        ...CHANGES[name],
      }
      const grant = signGrant(claims, CryptoKeypair.fromSecret(network.user.secret()))
      const message = secretboxSeal(MESSAGES[name] ?? utf8Encode(grant.jws), secret)
      network.messages.set(relayChannelId({ kind: 'secret', secret }), Buffer.from(message))
      const outcome = flow.awaitApproval()
      if (error === undefined) expect((await outcome).info.publicKey.z32()).toBe(network.user.publicKey.z32())
      else await expect(outcome).rejects.toMatchObject({ name: 'AuthenticationError', message: error })
    })
  }

  it('a message that was not made for the flow is passed over and not acknowledged', async () => {
    using flow = await startFlow('/pub/chat/:rw')
    const { secret } = SigninGrantDeepLink.parse(flow.authorizationUrl)
    const id = relayChannelId({ kind: 'secret', secret: secret! })
    network.messages.set(id, Buffer.from('garbage that is longer than a nonce'))
    const approval = flow.awaitApproval()
    while (network.relayed.length < 1) await new Promise((resolve) => setTimeout(resolve, 5))
    await network.pubky().signer(network.user).approveAuthRequest(flow.authorizationUrl)
    expect((await approval).info.capabilities).toEqual(['/pub/chat/:rw'])
  })

  it('the relay is told only after the exchange has worked', async () => {
    network.script = () => ({ status: 500, body: 'out of order' })
    const flow = await startFlow('/pub/chat/:rw')
    const state = flow.saveLocal()
    await network.pubky().signer(network.user).approveAuthRequest(flow.authorizationUrl)
    await expect(flow.awaitApproval()).rejects.toMatchObject({ data: { statusCode: 500 } })
    expect(network.messages.size).toBe(1)
    network.script = withGrants(network)
    const session = await network.pubky().resumeGrantAuthFlow(state).awaitApproval()
    expect(session.info.capabilities).toEqual(['/pub/chat/:rw'])
    expect(network.messages.size).toBe(0)
  })
})

describe('content keys come with a signed approval (spec 05 §16)', () => {
  it('narrowed, kept with the credential, recovered offline', async () => {
    const vector = vectors.flow_with_keys
    using flow = await startFlow(vector.requested as Capabilities, 'v1')
    const signer = network.pubky().signer(network.user)
    await signer.approveAuthRequestWithCapabilities(flow.authorizationUrl, vector.approved as Capabilities)
    const session = await flow.awaitApproval()
    expect(session.info.capabilities).toEqual(vector.session_caps)
    const keys = session.grant!.encryptionKeys!
    expect(keys.scopes).toEqual(vector.scopes)
    const path = '/pub/chat/room/a.json'
    const own = ScopedEncryptionKeys.fromKeypair(network.user, ['/pub/chat/'])
    expect(keys.deriveForPath(path)).toEqual(own.deriveForPath(path))
    const methods = network.relayed.map(({ method }) => method.toLowerCase())
    expect(methods.filter((method, i) => method !== methods[i - 1])).toEqual(
      expect.arrayContaining(vector.relay_methods),
    )
    const exchange = network.seen.find(({ method }) => method === 'POST')!
    expect(exchange.body.toString()).not.toContain('encryption_keys')
    const exported = await session.grant!.exportLocalSecret()
    expect(exported.startsWith(`${vector.export_prefix}:`)).toBe(true)
    const restored = ScopedEncryptionKeys.restore(exported)!
    expect(restored.keys.deriveForPath(path)).toEqual(keys.deriveForPath(path))
    expect(restored.grantId).toBe(await session.grant!.grantId())
    expect(restored.publicKey.z32()).toBe(network.user.publicKey.z32())
  })

  it('a user who declines keys is signed in all the same', async () => {
    using flow = await startFlow('/pub/chat/:rwe', 'v1')
    await network
      .pubky()
      .signer(network.user)
      .approveAuthRequestWithCapabilities(flow.authorizationUrl, '/pub/chat/:rw')
    const session = await flow.awaitApproval()
    expect(session.grant!.encryptionKeys!.scopes).toEqual([])
  })

  it('a bare grant brings none', async () => {
    using flow = await startFlow('/pub/chat/:rw')
    await network.pubky().signer(network.user).approveAuthRequest(flow.authorizationUrl)
    expect((await flow.awaitApproval()).grant!.encryptionKeys).toBeUndefined()
  })
})

describe('exported grant secrets (spec 05 §7.5)', () => {
  for (const { name, token, error, key_scopes } of vectors.stored_credential) {
    // Ours refuses a colon inside the grant, where official readers pass it on to the homeserver (spec 01 §5.8).
    const expected =
      name === 'v1 with approval appended'
        ? vectors.stored_credential.find((vector) => vector.name === 'no colon')!.error
        : error
    it(name, async () => {
      const restored = network.pubky().restoreSession(token)
      if (expected !== undefined) {
        await expect(restored).rejects.toMatchObject({ message: expected })
        return
      }
      const session = await restored
      expect(await session.exportLocalSecret()).toBe(token)
      expect(session.grant!.encryptionKeys?.scopes ?? null).toEqual(key_scopes)
    })
  }
})

describe('saved flows (spec 05 §11.7)', () => {
  async function savedState(format: 'bare' | 'v1'): Promise<Record<string, unknown>> {
    using flow = await startFlow('/pub/chat/:rw', format)
    return JSON.parse(flow.saveLocal())
  }

  const CASES: Record<string, () => Promise<Record<string, unknown>>> = {
    'HPKE link without approval_key_secret': async () => ({ ...(await savedState('v1')), approval_key_secret: null }),
    'HPKE link, key does not match epk': async () => ({
      ...(await savedState('v1')),
      approval_key_secret: Array(32).fill(5),
    }),
    'shared-secret link with approval_key_secret': async () => ({
      ...(await savedState('bare')),
      approval_key_secret: Array(32).fill(5),
    }),
  }

  for (const { name, error } of vectors.resume_state) {
    if (error === undefined) continue
    it(name, async () => {
      const state = JSON.stringify(await CASES[name]!())
      expect(() => network.pubky().resumeGrantAuthFlow(state)).toThrow(
        expect.objectContaining({ name: 'AuthenticationError', message: expect.stringContaining(error) }),
      )
    })
  }

  it('0.11 state (two members, secret before cid)', async () => {
    const { authorization_url, client_key_secret } = await savedState('bare')
    const [head, query = ''] = String(authorization_url).split('?')
    const old = `${head}?${query
      .split('&')
      .sort((a, b) => Number(b.startsWith('secret=')) - Number(a.startsWith('secret=')))
      .join('&')}`
    using flow = network.pubky().resumeGrantAuthFlow(JSON.stringify({ authorization_url: old, client_key_secret }))
    const saved: unknown = JSON.parse(flow.saveLocal())
    expect(saved).toEqual({ authorization_url, client_key_secret, approval_key_secret: null })
  })

  it('other texts are refused', () => {
    const pubky = network.pubky()
    for (const state of ['', '{', '[]', '{}', '{"authorization_url":"x"}', 'null']) {
      expect(() => pubky.resumeGrantAuthFlow(state)).toThrow(
        expect.objectContaining({
          name: 'InvalidInput',
          message: expect.stringMatching(/^Invalid grant auth flow state: /),
        }),
      )
    }
  })
})

describe('a flow goes on', () => {
  it('when the platform has no patience for long polls', async () => {
    const impatient = Object.assign(new Error('Headers Timeout Error'), { code: 'UND_ERR_HEADERS_TIMEOUT' })
    const { fetch } = globalThis
    let timeouts = 0
    globalThis.fetch = async (...request) => {
      const isPoll = request[1]?.method === 'GET' && String(request[0]).includes('/inbox/')
      if (!isPoll || timeouts === 5) return await fetch(...request)
      timeouts += 1
      throw new TypeError('fetch failed', { cause: impatient })
    }
    network.script = withGrants(network)
    try {
      const flow = await startFlow('/pub/chat/:rw')
      await network.pubky().signer(network.user).approveAuthRequest(flow.authorizationUrl)
      expect((await flow.awaitApproval()).info.capabilities).toEqual(['/pub/chat/:rw'])
      expect(timeouts).toBe(5)
    } finally {
      globalThis.fetch = fetch
    }
  })
})

describe('failures of a relay', () => {
  const { fetch } = globalThis
  const pauses: number[] = []

  beforeEach(() => {
    const { setTimeout: real } = globalThis
    pauses.length = 0
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((handler, milliseconds = 0, ...args) => {
      const isPause = milliseconds >= 500 && milliseconds < 2_000
      if (isPause) pauses.push(milliseconds)
      return real(handler, isPause ? 0 : milliseconds, ...args)
    })
  })

  afterEach(() => {
    vi.restoreAllMocks()
  })

  /** What comes of a flow whose relay gives these answers first, and how many of them were asked for. */
  async function flowOver(
    door: 'inbox' | 'link',
    answers: readonly number[],
  ): Promise<[outcome: unknown, asked: number]> {
    let asked = 0
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
      const isPoll = request[1]?.method === 'GET' && String(request[0]).includes(`/${door}/`)
      const status = isPoll ? answers[asked] : undefined
      if (status === undefined) return await fetch(...request)
      asked += 1
      return new Response(null, { status })
    })
    const relay = network.relay.replace('/inbox', `/${door}`)
    const flow = network.pubky().startCookieAuthFlow('', AuthFlowKind.signin(), relay)
    await network.pubky().signer(network.user).approveAuthRequest(flow.authorizationUrl)
    return [await flow.awaitToken().then(({ publicKey }) => publicKey.z32(), statusCodeOf), asked]
  }

  it('the third in a row ends a flow; that there is nothing yet is none', async () => {
    expect(await flowOver('inbox', [408, 408, 408, 408, 503, 503, 408, 503, 503, 404, 404])).toEqual([404, 10])
    expect(await flowOver('inbox', [503, 503])).toEqual([network.user.publicKey.z32(), 2])
  })

  it('the third at all ends a flow over a link, whose silence is one', async () => {
    expect(await flowOver('link', [408, 408, 408, 408])).toEqual([408, 3])
  })

  it('are borne for as long as a relay needs to restart', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    await flowOver('inbox', [503, 503])
    expect(pauses).toEqual(expect.arrayContaining([500, 1_000]))
  })
})

describe('a flow ends', () => {
  it('at once when it is freed', async () => {
    const flow = await startFlow('/pub/chat/:rw')
    const approval = flow.awaitApproval()
    flow.free()
    await expect(approval).rejects.toMatchObject({ name: 'ClientStateError' })
  })

  it('when its signal aborts', async () => {
    const controller = new AbortController()
    const flow = await network.pubky().startGrantAuthFlow('', AuthFlowKind.signin(), {
      clientId: 'chat.example',
      relay: network.relay,
      signal: controller.signal,
    })
    const approval = flow.awaitApproval()
    controller.abort(new Error('closed the window'))
    await expect(approval).rejects.toThrow('closed the window')
  })

  it('when its time is over', async () => {
    const flow = await network.pubky().startGrantAuthFlow('', AuthFlowKind.signin(), {
      clientId: 'chat.example',
      relay: network.relay,
      timeoutMs: 20,
    })
    await expect(flow.awaitApproval()).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})

describe('grants', () => {
  it('name the app, its key and what was approved', async () => {
    using flow = await startFlow('/pub/chat/:rw')
    await network.pubky().signer(network.user).approveAuthRequest(flow.authorizationUrl)
    await flow.awaitApproval()
    const { grant }: { grant: string } = JSON.parse(
      network.seen.find(({ method }) => method === 'POST')!.body.toString(),
    )
    const link = SigninGrantDeepLink.parse(flow.authorizationUrl)
    const claims = claimsOf(grant)
    expect(claims).toMatchObject({
      iss: network.user.publicKey.z32(),
      client_id: 'chat.example',
      caps: ['/pub/chat/:rw'],
      cnf: link.clientPublicKey.z32(),
    })
    expect(base64UrlDecode(String(claims.jti))).toHaveLength(16)
    expect(Number(claims.exp) - Number(claims.iat)).toBe(63_072_000)
  })

  it('links of the two kinds do not parse as each other', async () => {
    using flow = await startFlow('/pub/chat/:rw')
    expect(() => SigninDeepLink.parse(flow.authorizationUrl)).toThrow(
      expect.objectContaining({
        name: 'InvalidInput',
        message: 'Invalid signin deep link: Invalid intent. Expected signin',
      }),
    )
    expect(PublicKey.from(network.user.publicKey.toString()).z32()).toBe(network.user.publicKey.z32())
  })
})
