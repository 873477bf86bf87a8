import { hexDecode, Keypair } from '@pubky/crypto'
import { expectEqual, expectFailure, type VectorCase, type VectorGroup } from '../../crypto/test/vector-groups.ts'
import {
  createSseDecoder,
  decodeEvent,
  formatCapabilities,
  formatPendingFlow,
  formatStoredCredential,
  isRefreshDue,
  ProtocolError,
  parseCapabilities,
  parseDeepLink,
  parsePendingFlow,
  parseStoredCredential,
  requireAnswerTo,
  requireWithin,
  signGrant,
} from '../src/index.ts'
import approvals from '../vectors/grant-approval.json' with { type: 'json' }
import vectors from '../vectors/sdk-0-17.json' with { type: 'json' }

/** The rules in the SDK group of spec 01; its requests belong to the tests of the SDK. */
export function sdkVectorGroups(): readonly VectorGroup[] {
  return [
    {
      name: 'sdk_0_17 (rules)',
      cases: [
        ...approvedCases(),
        ...receivedCases(),
        ...credentialCases(),
        ...resumeCases(),
        ...refreshCases(),
        ...streamCases(),
      ],
    },
  ]
}

/** What the official SDK puts in front of an error, by kind. */
const SDK_PREFIX = /^(?:Authentication error: General authentication error|Request failed: Invalid request\/URI): /

function* approvedCases(): Generator<VectorCase> {
  for (const { requested, approved, format, result } of vectors.approve_with_capabilities) {
    yield {
      name: `approve ${approved} of ${requested}`,
      run: () => {
        const approve = () => requireWithin(parseCapabilities(approved), parseCapabilities(requested))
        if (result === 'posted') approve()
        else expectFailure(approve, result.replace(SDK_PREFIX, ''))
        expectEqual(format === 'v1' || format === 'bare', true)
      },
    }
  }
  yield {
    name: 'e without af=v1',
    run: () => {
      const link = approvals.official_samples[3]?.authorization_url.replace('%3Arw', '%3Arwe') ?? ''
      expectFailure(() => parseDeepLink(link), `Invalid query parameter caps: ${vectors.start_with_e_without_v1}`)
    },
  }
  const { link_caps, auth_token_caps } = vectors.cookie_link_with_e
  yield {
    name: 'e in a cookie link',
    run: () => {
      const secret = 'kqnceEMgrNQM_xi06oQXjA3cJHX_RQmw1BY6JE1bse8'
      const link = parseDeepLink(`pubkyauth://signin?caps=${link_caps}&relay=http://localhost/inbox&secret=${secret}`)
      expectEqual(link.intent === 'signin' && formatCapabilities(link.capabilities), auth_token_caps)
    },
  }
}

function* receivedCases(): Generator<VectorCase> {
  const user = Keypair.fromSecret(new Uint8Array(32).fill(1))
  const client = Keypair.fromSecret(new Uint8Array(32).fill(2))
  const request = {
    clientId: 'chat.example',
    clientKey: client.publicKey,
    capabilities: parseCapabilities('/pub/chat/:rw'),
  }
  const answer = { ...request, grantId: 'AAECAwQFBgcICQoLDA0ODw', issuedAt: 1_700_000_000, expiresAt: 1_700_003_600 }
  const changes: Readonly<Record<string, Partial<typeof answer>>> = {
    ok: {},
    'scope exceeds': { capabilities: parseCapabilities('/pub/:rw') },
    'other client id': { clientId: 'other.example' },
    'other client key': { clientKey: user.publicKey },
    'iat == exp': { expiresAt: answer.issuedAt },
    'expired is left to the homeserver': { issuedAt: 1, expiresAt: 2 },
  }
  for (const { name, error } of vectors.received_bare_grant.cases) {
    const change = changes[name]
    // The other cases are bytes that are no grant: the group `grant` has them.
    if (!change) continue
    yield {
      name: `received: ${name}`,
      run: () => {
        const check = () => requireAnswerTo(request, signGrant({ ...answer, ...change }, user))
        if (error === undefined) check()
        else expectFailure(check, error.replace(SDK_PREFIX, ''))
      },
    }
  }
}

/** Official readers take what follows a version 1 text for a part of the grant (spec 01 §5.8, Better). */
const STRICTER_CREDENTIAL = new Map([
  [
    'v1 with approval appended',
    'invalid stored grant credential: expected `pubky-grant-credential-v1:<homeserver>:<client_secret>:<grant_jws>`',
  ],
])

function* credentialCases(): Generator<VectorCase> {
  for (const { name, token, key_scopes, error } of vectors.stored_credential) {
    yield {
      name: `credential: ${name}`,
      run: () => {
        const read = () => parseStoredCredential(token, 1_700_000_000)
        const message = STRICTER_CREDENTIAL.get(name) ?? error
        if (message !== undefined) {
          expectFailure(read, message.replace(SDK_PREFIX, ''))
          return
        }
        expectEqual(read().approval?.keys.scopes ?? null, key_scopes)
        expectEqual(formatStoredCredential(read()), token)
      },
    }
  }
}

function* resumeCases(): Generator<VectorCase> {
  const [sealed, , , bare] = approvals.official_samples
  if (!(sealed && bare)) throw new Error('the vectors have no official samples')
  const otherKey = JSON.stringify(new Array(32).fill(7))
  const states: Readonly<Record<string, string>> = {
    'HPKE link without approval_key_secret': sealed.saved_state.replace(/,"approval_key_secret":\[[^\]]*\]/, ''),
    'HPKE link, key does not match epk': sealed.saved_state.replace(
      /"approval_key_secret":\[[^\]]*\]/,
      `"approval_key_secret":${otherKey}`,
    ),
    'shared-secret link with approval_key_secret': bare.saved_state.replace(
      '"approval_key_secret":null',
      `"approval_key_secret":${otherKey}`,
    ),
    '0.11 state (two members, secret before cid)': bare.saved_state
      .replace(',"approval_key_secret":null', '')
      .replace(/(&cid=[^"]*)(&secret=[^"]*)"/, '$2$1"'),
  }
  for (const { name, error } of vectors.resume_state) {
    yield {
      name: `resume: ${name}`,
      run: () => {
        const state = states[name] ?? ''
        if (error === undefined) expectEqual(formatPendingFlow(parsePendingFlow(state)), bare.saved_state)
        else expectFailure(() => parsePendingFlow(state), error)
      },
    }
  }
  for (const { name, saved_state } of approvals.official_samples) {
    yield {
      name: `resume official sample: ${name}`,
      run: () => expectEqual(formatPendingFlow(parsePendingFlow(saved_state)), saved_state),
    }
  }
}

function* refreshCases(): Generator<VectorCase> {
  const now = 1_700_000_000
  for (const { case: name, requests } of vectors.refresh) {
    const left = /(\d+) s left/.exec(name)?.[1]
    if (left === undefined) continue
    yield {
      name: `refresh: ${name}`,
      run: () => {
        const session = { token_expires_at: now + Number(left), grant_expires_at: now + 100_000 }
        const refreshes = isRefreshDue(session, now) && isRefreshDue(session, now, 150)
        expectEqual(refreshes, requests.includes('POST /auth/grant/session'))
        expectEqual(isRefreshDue({ ...session, grant_expires_at: session.token_expires_at }, now), false)
      },
    }
  }
}

function* streamCases(): Generator<VectorCase> {
  for (const { case: name, body, limit, result } of vectors.event_stream.cases) {
    // The case of limit 0 is about the SDK's own argument.
    if (limit === 0) continue
    for (const size of [1, 7, body.length]) {
      yield {
        name: `stream: ${name}, in pieces of ${size}`,
        run: () => expectEqual(readStream(name, body, limit ?? undefined, size), expectedLines(result)),
      }
    }
  }
}

function readStream(name: string, body: string, limit: number | undefined, size: number): string[] {
  const bytes = new TextEncoder().encode(body)
  const raw = name.startsWith('invalid UTF-8') ? hexDecode(toHex(bytes).replace('efbfbd', 'ff')) : bytes
  const decoder = createSseDecoder(limit)
  const lines: string[] = []
  try {
    for (let start = 0; start < raw.length; start += size) {
      for (const { type, data } of decoder.push(raw.subarray(start, start + size))) {
        const event = decodeEvent(type, data)
        if (event) lines.push(`${event.type} ${event.resource} ${event.cursor}`)
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    lines.push(error.message)
  }
  return lines
}

function expectedLines(result: unknown): string[] {
  if (!Array.isArray(result)) throw new Error('the vectors have no list of events')
  return result.map((line: unknown) => {
    if (typeof line === 'string') return line
    return String(Reflect.get(Object(line), 'error')).replace(SDK_PREFIX, '')
  })
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
