import {
  base64UrlDecode,
  base64UrlEncode,
  hexDecode,
  hexEncode,
  Keypair,
  secretboxOpen,
  utf8Decode,
  utf8Encode,
} from '@pubky/crypto'
import { expectEqual, expectFailure, type VectorCase, type VectorGroup } from '../../crypto/test/vector-groups.ts'
import {
  attachSignature,
  type CustomProofRules,
  createCustomProof,
  customProofSigningInput,
  decodeGrant,
  formatCapabilities,
  openApproval,
  ProtocolError,
  parseCapabilities,
  parsePendingFlow,
  parseStoragePath,
  relayChannelId,
  relayChannelUrl,
  relayKind,
  requireAnswerTo,
  requireApprovalOf,
  sealApproval,
  signApproval,
  signGrant,
  verifyApproval,
  verifyCustomProof,
} from '../src/index.ts'
import proofs from '../vectors/custom-pop.json' with { type: 'json' }
import approvals from '../vectors/grant-approval.json' with { type: 'json' }

/** The groups of spec 01 §16 and §17. */
export function approvalVectorGroups(): readonly VectorGroup[] {
  return [
    { name: 'grant_approval', cases: [...approvalCases(), ...hpkeCases(), ...sampleCases()] },
    { name: 'custom_pop', cases: [...proofCases()] },
  ]
}

/** What the official SDK puts in front of the texts of spec 01 §16. */
const SDK_PREFIX = 'Authentication error: General authentication error: '

function withoutPrefix(error: string): string {
  return error.startsWith(SDK_PREFIX) ? error.slice(SDK_PREFIX.length) : error
}

function* approvalCases(): Generator<VectorCase> {
  const user = Keypair.fromSecret(hexDecode(approvals.user_seed))
  yield {
    name: 'fixed envelope',
    run: () => {
      const claims = decodeGrant(approvals.grant_jws)
      expectEqual(formatCapabilities(claims.capabilities), approvals.caps)
      const grant = signGrant(claims, user)
      expectEqual(grant.jws, approvals.grant_jws)
      const approval = signApproval(grant, user)
      expectEqual(approval, approvals.signed_approval)
      expectEqual(utf8Decode(base64UrlDecode(approval.split('.')[1] ?? '')), approvals.payload_json)
    },
  }
  for (const { name, stored_grant, signed_approval, ok, error } of approvals.cases) {
    yield {
      name,
      run: () => {
        if (error !== undefined) {
          expectFailure(() => requireApprovalOf(stored_grant, signed_approval), withoutPrefix(error))
          return
        }
        const { grant, keys } = requireApprovalOf(stored_grant, signed_approval)
        expectEqual(
          { iss: grant.issuer.z32(), jti: grant.grantId, scopes: keys.scopes },
          {
            iss: ok?.iss,
            jti: ok?.jti,
            scopes: ok?.scopes,
          },
        )
        const derive = () => hexEncode(keys.deriveForPath(parseStoragePath('/pub/chat/m')))
        const keyError = ok?.['error_for_/pub/chat/m']
        if (keyError === undefined) expectEqual(derive(), ok?.['key_for_/pub/chat/m'])
        else expectFailure(derive, keyError)
      },
    }
  }
}

function* hpkeCases(): Generator<VectorCase> {
  const { hpke } = approvals
  const recipient = hexDecode(hpke.recipient_pk)
  yield {
    name: 'HPKE seal',
    run: () => {
      const wire = sealApproval(utf8Encode(approvals.signed_approval), recipient, hexDecode(hpke.ephemeral_sk))
      expectEqual(hexEncode(wire), hpke.wire)
    },
  }
  yield {
    name: 'HPKE channel',
    run: () => {
      expectEqual(base64UrlEncode(recipient), hpke.epk_param)
      expectEqual(relayChannelId({ kind: 'hpke', publicKey: recipient }), hpke.channel_id)
    },
  }
  for (const { name, wire, error } of hpke.open) {
    yield {
      name: `HPKE open: ${name}`,
      run: () => {
        const open = () => verifyApproval(openApproval(hexDecode(wire), hexDecode(hpke.recipient_sk))).jws
        if (error === undefined) expectEqual(open(), approvals.signed_approval)
        else expectFailure(open, withoutPrefix(error))
      },
    }
  }
  for (const { epk, error } of hpke.seal_errors) {
    yield {
      name: `HPKE seal to ${epk}`,
      run: () => expectFailure(() => sealApproval(utf8Encode('x'), hexDecode(epk)), withoutPrefix(error)),
    }
  }
}

function* sampleCases(): Generator<VectorCase> {
  for (const { name, saved_state, approved_caps, post_path, post_body } of approvals.official_samples) {
    yield {
      name: `official sample: ${name}`,
      run: () => {
        const { link, approvalSecret } = parsePendingFlow(saved_state)
        const url = new URL(relayChannelUrl(link.relay, relayChannelId(link.channel)))
        expectEqual(url.pathname, post_path)
        expectEqual(`/${relayKind(link.relay)}`, post_path.slice(0, post_path.lastIndexOf('/')))
        const approved = approved_caps === 'all requested' ? formatCapabilities(link.capabilities) : approved_caps
        const body = hexDecode(post_body)
        if (link.channel.kind === 'secret') {
          const grant = decodeGrant(utf8Decode(secretboxOpen(body, link.channel.secret)))
          requireAnswerTo(link, grant)
          expectEqual(formatCapabilities(grant.capabilities), approved)
          return
        }
        const { grant, keys } = verifyApproval(openApproval(body, approvalSecret ?? new Uint8Array(32)))
        requireAnswerTo(link, grant)
        expectEqual(formatCapabilities(grant.capabilities), approved)
        const asked = parseCapabilities(approved).filter(({ actions }) => actions.includes('e'))
        expectEqual(
          keys.scopes,
          asked.map(({ scope }) => scope),
        )
      },
    }
  }
}

/** The names of official errors and ours. */
const PROOF_ERRORS: Readonly<Record<string, string>> = {
  MalformedCredential: 'proof-malformed',
  UnsupportedHeader: 'proof-header',
  InvalidGrantSignature: 'proof-grant-signature',
  InvalidProofSignature: 'proof-signature',
  GrantMismatch: 'proof-grant-mismatch',
  InvalidGrant: 'proof-grant-validity',
  GrantExpired: 'proof-grant-expired',
  GrantNotYetValid: 'proof-grant-not-yet-valid',
  ProofNotYetValid: 'proof-not-yet-valid',
  ProofOutsideGrantValidity: 'proof-outside-grant',
}

function* proofCases(): Generator<VectorCase> {
  const client = Keypair.fromSecret(hexDecode(proofs.client_seed))
  const now = 1_800_000_000
  yield {
    name: 'signed as official software does',
    run: () => {
      const { gid, iat, nonce, data } = JSON.parse(proofs.claims_json)
      const input = customProofSigningInput({ grantId: gid, issuedAt: iat, nonce, data })
      expectEqual(input.split('.')[0], proofs.header_b64url)
      const pop = attachSignature(input, client.sign(utf8Encode(input)))
      const credential = JSON.parse(proofs.credential_json)
      expectEqual(pop, credential.pop)
      const grant = decodeGrant(credential.grant)
      expectEqual(createCustomProof(grant, client, { data, nonce, now: iat }), credential)
    },
  }
  for (const { name, clock_skew_s, grant, pop, ok, error, message } of proofs.cases) {
    const rules: CustomProofRules = { now, skew: Number(clock_skew_s) }
    yield {
      name,
      run: () => {
        if (message !== undefined) {
          expectFailure(() => verifyCustomProof({ grant, pop }, rules), message)
          expectEqual(
            codeOf(() => verifyCustomProof({ grant, pop }, rules)),
            PROOF_ERRORS[error ?? ''],
          )
          return
        }
        const proof = verifyCustomProof({ grant, pop }, rules)
        expectEqual(
          {
            client_id: proof.grant.clientId,
            data: proof.data,
            iat: proof.issuedAt,
            identity: proof.identity.z32(),
            nonce: proof.nonce,
          },
          ok,
        )
      },
    }
  }
  yield {
    name: 'official sample',
    run: () => {
      const { credential } = proofs.official_sample
      const { issuedAt, data, nonce, grant } = verifyCustomProof(credential, {
        now: 1_800_000_000,
      })
      expectEqual(data, { a: [true, null], b: 1, text: 'é' })
      const input = customProofSigningInput({ grantId: grant.grantId, issuedAt, nonce, data })
      expectEqual(input, credential.pop.slice(0, credential.pop.lastIndexOf('.')))
    },
  }
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return error.code
  }
}
