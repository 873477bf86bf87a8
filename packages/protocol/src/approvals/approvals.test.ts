import { Keypair, utf8Encode, x25519PublicKey } from '@pubky/crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutated, mutatedText } from '../../../crypto/test/hostile.ts'
import { nestedCapabilities } from '../../test/arbitraries.ts'
import { parseCapabilities } from '../capabilities/capabilities.ts'
import { ProtocolError } from '../errors.ts'
import { parseStoredCredential } from '../grants/parse-stored-credential.ts'
import { signGrant } from '../grants/sign-grant.ts'
import { formatStoredCredential } from '../grants/stored-credential.ts'
import { APPROVAL_SEAL_OVERHEAD, openApproval, sealApproval } from './hpke.ts'
import { signApproval } from './sign-approval.ts'
import { verifyApproval } from './signed-approval.ts'

const NOW = 1_700_000_000
const user = Keypair.fromSecret(new Uint8Array(32).fill(1))
const client = Keypair.fromSecret(new Uint8Array(32).fill(2))
const claims = {
  clientId: 'chat.example',
  capabilities: parseCapabilities('/pub/chat/:rwe'),
  clientKey: client.publicKey,
  grantId: 'AAECAwQFBgcICQoLDA0ODw',
  issuedAt: NOW,
  expiresAt: NOW + 3600,
}
const grant = signGrant(claims, user)
const jws = signApproval(grant, user)
const appSecret = new Uint8Array(32).fill(9)

test('an approval is verified as it was signed', () => {
  fc.assert(
    fc.property(nestedCapabilities, (capabilities) => {
      const approved = signGrant({ ...claims, capabilities }, user)
      const approval = verifyApproval(signApproval(approved, user))
      expect(approval.grant).toEqual(approved)
      expect(approval.keys.scopes).toEqual(
        capabilities.filter(({ actions }) => actions.includes('e')).map(({ scope }) => scope),
      )
    }),
    { numRuns: 20 },
  )
})

test('an approval does not survive a change of its text', () => {
  fc.assert(
    fc.property(mutatedText(jws), (changed) => {
      if (changed !== jws) expect(() => verifyApproval(changed)).toThrow(ProtocolError)
    }),
  )
})

test('only the holder of the key opens a sealed message', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (message) => {
      const wire = sealApproval(message, x25519PublicKey(appSecret))
      expect(wire.length).toBe(message.length + APPROVAL_SEAL_OVERHEAD)
      expect(openApproval(wire, appSecret)).toEqual(new Uint8Array(message))
      expect(() => openApproval(wire, new Uint8Array(32).fill(8))).toThrow('invalid HPKE grant approval')
    }),
    { numRuns: 20 },
  )
})

test('a changed message does not open', () => {
  const wire = sealApproval(utf8Encode(jws), x25519PublicKey(appSecret))
  fc.assert(
    fc.property(fc.oneof(mutated(wire), fc.uint8Array()), (changed) => {
      if (Buffer.compare(changed, wire) === 0) return
      expect(() => openApproval(changed, appSecret)).toThrow(expect.objectContaining({ code: 'approval-sealed' }))
    }),
  )
})

test('keys survive in the stored credential', () => {
  const homeserver = Keypair.fromSecret(new Uint8Array(32).fill(7)).publicKey
  const text = formatStoredCredential({ homeserver, client, grant, approval: verifyApproval(jws) })
  expect(text.startsWith('pubky-grant-credential-v2:')).toBe(true)
  expect(parseStoredCredential(text, NOW).approval?.keys.scopes).toEqual(['/pub/chat/'])
})
