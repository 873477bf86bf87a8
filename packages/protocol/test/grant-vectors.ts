import { hexDecode, Keypair, PublicKey, utf8Encode } from '@pubky/crypto'
import { expectEqual, expectFailure, type VectorCase, type VectorGroup } from '../../crypto/test/vector-groups.ts'
import {
  attachSignature,
  bearerExpiry,
  formatCapabilities,
  formatGrantClaims,
  formatStoredCredential,
  type GrantInfo,
  type GrantSessionResponse,
  ProtocolError,
  parseCapabilityEntries,
  parseGrantExchange,
  parseStoredCredential,
  popSigningInput,
  requireUnexpired,
  signGrant,
  verifyGrant,
  verifyPop,
} from '../src/index.ts'
import vectors from '../vectors/grant.json' with { type: 'json' }

/** The group of spec 01 §5. */
export function grantVectorGroups(): readonly VectorGroup[] {
  return [{ name: 'grant', cases: [...grantCases()] }]
}

/** Keys inside claims must be canonical texts for us (spec 01 §1.2, Better). */
const STRICTER_GRANT = new Map([['iss with pk: prefix', 'Invalid grant: invalid grant format']])

const user = Keypair.fromSecret(hexDecode(vectors.seeds.user))
const client = Keypair.fromSecret(hexDecode(vectors.seeds.client))
const homeserver = Keypair.fromSecret(hexDecode(vectors.seeds.homeserver)).publicKey
const claims = {
  issuer: user.publicKey,
  clientId: vectors.claims.client_id,
  capabilities: parseCapabilityEntries(vectors.claims.caps),
  clientKey: PublicKey.fromZ32(vectors.claims.cnf),
  grantId: vectors.claims.jti,
  issuedAt: vectors.claims.iat,
  expiresAt: vectors.claims.exp,
}

function* grantCases(): Generator<VectorCase> {
  yield {
    name: 'grant JWS',
    run: () => {
      expectEqual(formatGrantClaims(claims), vectors.claims_json)
      expectEqual(signGrant(claims, user).jws, vectors.grant_jws)
      expectEqual(vectors.grant_jws.split('.')[0], vectors.grant_header_b64url)
    },
  }
  yield {
    name: 'PoP JWS',
    run: () => {
      const { gid, nonce, iat } = vectors.pop_claims
      const input = popSigningInput({ audience: homeserver, grantId: gid, nonce, issuedAt: iat })
      expectEqual(attachSignature(input, client.sign(utf8Encode(input))), vectors.pop_jws)
      expectEqual(input.split('.')[0], vectors.pop_header_b64url)
    },
  }
  yield {
    name: 'request body',
    run: () => {
      expectEqual(JSON.stringify({ grant: vectors.grant_jws, pop: vectors.pop_jws }), vectors.request_body)
      const exchange = parseGrantExchange(JSON.parse(vectors.request_body))
      expectEqual(exchange, { grant: vectors.grant_jws, pop: vectors.pop_jws })
    },
  }
  for (const { name, jws, now, expect } of vectors.grant_cases) {
    yield {
      name: `grant: ${name}`,
      run: () => {
        const verify = (): void => {
          const { grant } = parseGrantExchange({ grant: jws, pop: vectors.pop_jws })
          requireUnexpired(verifyGrant(grant), now)
        }
        const error = STRICTER_GRANT.get(name) ?? expect.error
        if (error === undefined) verify()
        else expectFailure(verify, expect.http === 422 ? `grant: ${error}` : error)
        if (expect.http !== undefined) expectEqual(statusOf(verify), expect.http)
      },
    }
  }
  for (const { name, jws, now, expect } of vectors.pop_cases) {
    yield {
      name: `PoP: ${name}`,
      run: () => {
        const verify = () =>
          verifyPop(jws, { clientKey: client.publicKey, audience: homeserver, grantId: claims.grantId, now })
        if (expect.error === undefined) verify()
        else expectFailure(verify, expect.error)
      },
    }
  }
  yield {
    name: 'answers',
    run: () => {
      const response: GrantSessionResponse = vectors.response_example
      expectEqual(response.session.token_expires_at, Math.min(response.session.created_at + 3600, 1_700_003_700))
      expectEqual(bearerExpiry(response.session.created_at, claims.expiresAt), claims.expiresAt)
      const info: GrantInfo = vectors.grant_info_example
      expectEqual(info.capabilities, formatCapabilities(claims.capabilities))
    },
  }
  yield {
    name: 'stored credential',
    run: () => {
      const grant = signGrant(claims, user)
      expectEqual(formatStoredCredential({ homeserver, client, grant }), vectors.stored_credential)
      const credential = parseStoredCredential(vectors.stored_credential, claims.issuedAt)
      expectEqual(formatStoredCredential(credential), vectors.stored_credential)
    },
  }
}

/** The status that the codes of our errors stand for (spec 01 §5.4). */
function statusOf(verify: () => void): number | undefined {
  try {
    verify()
    return undefined
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    if (error.code === 'grant-exchange') return 422
    return error.code === 'grant-format' || error.code === 'grant-type' ? 400 : 401
  }
}
