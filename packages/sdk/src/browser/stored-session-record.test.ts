import { Keypair, PublicKey } from '@pubky/crypto'
import { parseCapabilities, signGrant } from '@pubky/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GrantCredential } from '../auth/grant-credential.ts'
import { LocalPopKey } from '../auth/pop-key.ts'
import { PubkyError } from '../errors/pubky-error.ts'
import { ClientCore } from '../http/client-core.ts'
import { checkedRecord, delegatedCredentialOf, grantOf, recordOf, storedSessionId } from './stored-session-record.ts'

const USER = Keypair.fromSecret(new Uint8Array(32).fill(1))
const APP = Keypair.fromSecret(new Uint8Array(32).fill(2))
const HOMESERVER = PublicKey.fromZ32('8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo')

function credential(): GrantCredential {
  const grant = signGrant(
    {
      clientId: 'app.example',
      capabilities: parseCapabilities('/pub/app/:rw'),
      clientKey: APP.publicKey,
      grantId: 'AAAAAAAAAAAAAAAAAAAAAA',
      issuedAt: 1,
      expiresAt: 2,
    },
    USER,
  )
  const core = new ClientCore({
    transport: { route: () => expect.unreachable(), forget: () => {} },
    findHomeserver: async () => undefined,
    maxErrorBodyBytes: 0,
  })
  const session = {
    homeserver: HOMESERVER.z32(),
    pubky: USER.publicKey.z32(),
    client_id: 'app.example',
    capabilities: ['/pub/app/:rw'],
    grant_id: grant.grantId,
    token_expires_at: 2,
    grant_expires_at: 2,
    created_at: 1,
  }
  return new GrantCredential({
    core,
    grant,
    homeserver: HOMESERVER,
    key: new LocalPopKey(APP),
    approval: undefined,
    session: { token: 'x', session },
  })
}

describe('stored sessions', () => {
  it('have the members of the official store', () => {
    const record = recordOf(credential())
    expect(record).toMatchObject({
      version: 'pubky-session-v1',
      id: `${USER.publicKey.z32()}:AAAAAAAAAAAAAAAAAAAAAA`,
      storageMode: 'localSecret',
      publicKey: USER.publicKey.z32(),
      homeserver: HOMESERVER.z32(),
      grantId: 'AAAAAAAAAAAAAAAAAAAAAA',
      clientId: 'app.example',
      capabilities: ['/pub/app/:rw'],
      grantExpiresAt: 2,
    })
    expect(record.credential).toMatch(/^pubky-grant-credential-v1:/)
    expect(storedSessionId(credential())).toBe(record.id)
    expect(checkedRecord(structuredClone(record))).toEqual(record)
  })

  it('of another version or mode, or damaged, are refused', () => {
    const record = recordOf(credential())
    const bad = [
      { version: 'pubky-session-v2' },
      { storageMode: 'cloud' },
      { capabilities: 'x' },
      ...Object.keys(record).map((name) => ({ [name]: undefined })),
    ]
    for (const change of bad) {
      expect(() => checkedRecord({ ...record, ...change })).toThrow(
        expect.objectContaining({ name: 'ClientStateError' }),
      )
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => checkedRecord(value)).toThrow(PubkyError)
      }),
    )
  })

  it('whose delegated credential is damaged are refused', () => {
    const record = recordOf(credential())
    for (const text of ['', '{', 'null', '{}', '{"version":"other"}']) {
      expect(() => delegatedCredentialOf({ ...record, credential: text })).toThrow(
        expect.objectContaining({ name: 'ClientStateError' }),
      )
    }
    const stored = {
      version: 'pubky-delegated-grant-credential-v1' as const,
      grantJws: 'not.a.grant',
      homeserverPublicKey: 'x',
      clientPublicKey: 'y',
      keyId: 'z',
    }
    expect(delegatedCredentialOf({ ...record, credential: JSON.stringify(stored) })).toEqual(stored)
    expect(() => grantOf(stored)).toThrow(expect.objectContaining({ name: 'ClientStateError' }))
  })
})
