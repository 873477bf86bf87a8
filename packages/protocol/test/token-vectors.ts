import { base64Encode, hexDecode, hexEncode, Keypair, PublicKey } from '@pubky/crypto'
import { expectEqual, expectFailure, type VectorCase, type VectorGroup } from '../../crypto/test/vector-groups.ts'
import {
  createAuthToken,
  decodeSessionRecord,
  encodeSessionRecord,
  formatCapabilities,
  formatCapability,
  parseCapabilities,
  parseCapabilityEntries,
  replayId,
  verifyAuthToken,
} from '../src/index.ts'
import tokens from '../vectors/auth-token.json' with { type: 'json' }
import sessions from '../vectors/cookie-session.json' with { type: 'json' }

/** The groups of spec 01 §4 and §6. */
export function tokenVectorGroups(): readonly VectorGroup[] {
  return [
    { name: 'auth_token', cases: [...tokenCases()] },
    { name: 'cookie_session', cases: [...sessionCases()] },
  ]
}

/** What official verifiers let pass and ours must not (spec 01 §4.1, Better). */
const STRICTER_TOKEN = new Map([
  ['wrong namespace text, correctly signed', 'Unknown namespace'],
  ['byte 64 flipped', 'Unknown namespace'],
  ['byte 65 flipped', 'Unknown namespace'],
  ['signed trailing bytes', 'Bytes behind the end of the AuthToken'],
  ['unsigned trailing bytes', 'Bytes behind the end of the AuthToken'],
])

function* tokenCases(): Generator<VectorCase> {
  const now = BigInt(tokens.now_us)
  const keypair = Keypair.fromSecret(hexDecode(tokens.seed))
  const sample = tokens.official_sample
  yield {
    name: 'official sample',
    run: () => {
      const token = createAuthToken(keypair, parseCapabilities('/:rw'), BigInt(sample.timestamp_us))
      expectEqual(hexEncode(token.bytes), sample.token)
      expectEqual(replayId(token), hexDecode(sample.token.slice(2 * 75, 2 * 115)))
    },
  }
  for (const { name, token, v0_11: expected, v0_17: current } of tokens.cases) {
    yield {
      name,
      run: () => {
        const error = STRICTER_TOKEN.get(name) ?? current?.error ?? expected.error
        if (error !== undefined) {
          expectFailure(() => verifyAuthToken(hexDecode(token), now), error)
          return
        }
        const verified = verifyAuthToken(hexDecode(token), now)
        expectEqual(formatCapabilities(verified.capabilities), expected.ok)
        expectEqual(verified.publicKey.z32(), keypair.publicKey.z32())
      },
    }
  }
}

function* sessionCases(): Generator<VectorCase> {
  for (const { public: key, created_at, name, user_agent, capabilities, bytes } of sessions.records) {
    yield {
      name: bytes,
      run: () => {
        const record = {
          publicKey: PublicKey.fromBytes(hexDecode(key)),
          createdAt: BigInt(created_at),
          name,
          userAgent: user_agent,
          capabilities: parseCapabilityEntries(capabilities),
        }
        expectEqual(encodeSessionRecord(record), hexDecode(bytes))
        const decoded = decodeSessionRecord(hexDecode(bytes))
        expectEqual(decoded, record)
        expectEqual(decoded.capabilities.map(formatCapability), capabilities)
      },
    }
  }
  for (const { bytes, error } of sessions.deserialize_errors) {
    yield { name: `bytes "${bytes}"`, run: () => expectFailure(() => decodeSessionRecord(hexDecode(bytes)), error) }
  }
  const { record_index, base64_standard } = sessions.export_example
  yield {
    name: 'export',
    run: () => expectEqual(base64Encode(hexDecode(sessions.records[record_index]?.bytes ?? '')), base64_standard),
  }
}
