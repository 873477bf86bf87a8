import { Keypair, PublicKey, utf8Encode } from '@pubky/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mutatedText, noise, survives } from '../../../crypto/test/hostile.ts'
import { capability } from '../../test/arbitraries.ts'
import { parseCapabilities } from '../capabilities/capabilities.ts'
import { ProtocolError } from '../errors.ts'
import { isGrantId, requireSessionClientId, requireSignupGrant, requireUnexpired } from './grant.ts'
import { parseGrantExchange } from './grant-exchange.ts'
import { parseStoredCredential } from './parse-stored-credential.ts'
import { popSigningInput, verifyPop } from './pop.ts'
import { formatGrantClaims, signGrant } from './sign-grant.ts'
import { attachSignature, jwsHeader, jwsSigningInput } from './sign-jws.ts'
import { formatStoredCredential } from './stored-credential.ts'
import { verifyGrant } from './verify-grant.ts'

const NOW = 1_700_000_000
const user = Keypair.fromSecret(new Uint8Array(32).fill(1))
const client = Keypair.fromSecret(new Uint8Array(32).fill(2))
const homeserver = Keypair.fromSecret(new Uint8Array(32).fill(7)).publicKey
const claims = {
  clientId: 'chat.example',
  capabilities: parseCapabilities('/pub/chat/:rw'),
  clientKey: client.publicKey,
  grantId: 'AAECAwQFBgcICQoLDA0ODw',
  issuedAt: NOW,
  expiresAt: NOW + 3600,
}
const grant = signGrant(claims, user)
const identity = PublicKey.fromBytes(Uint8Array.of(1, ...new Array(31).fill(0)))

function signed(payload: string, signer: Keypair, type = 'pubky-grant'): string {
  const input = jwsSigningInput(jwsHeader(type), payload)
  return attachSignature(input, signer.sign(utf8Encode(input)))
}

describe('grant', () => {
  test('is verified as it was signed', () => {
    fc.assert(
      fc.property(
        fc.array(
          capability.filter(({ scope }) => !/[:,]/.test(scope)),
          { maxLength: 4 },
        ),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
        fc.nat(),
        (capabilities, clientId, issuedAt) => {
          const made = signGrant({ ...claims, capabilities, clientId, issuedAt }, user)
          expect(verifyGrant(made.jws)).toEqual(made)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('does not survive a change of its text', () => {
    fc.assert(
      fc.property(mutatedText(grant.jws), (jws) => {
        if (jws !== grant.jws) expect(() => verifyGrant(jws)).toThrow(ProtocolError)
      }),
    )
  })

  test.each([
    ['a repeated claim', (json: string) => json.replace('{', '{"exp":1,')],
    ['a fraction for a time', (json: string) => json.replace(/"exp":\d+/, '"exp":1700003600.0')],
    ['a client id of 254 bytes', (json: string) => json.replace('chat.example', 'é'.repeat(127))],
    ['an id with a dot', (json: string) => json.replace(claims.grantId, 'a.b')],
    ['a key in display form', (json: string) => json.replace('"cnf":"', '"cnf":"pubky')],
    ['claims in an array', (json: string) => JSON.stringify(Object.values(JSON.parse(json)))],
  ])('with %s is refused', (_name, change) => {
    const payload = change(formatGrantClaims(grant))
    expect(() => verifyGrant(signed(payload, user))).toThrow(expect.objectContaining({ code: 'grant-format' }))
  })

  test('to or of a key for which anybody can sign is refused', () => {
    const toIdentity = signGrant({ ...claims, clientKey: identity }, user)
    expect(() => verifyGrant(toIdentity.jws)).toThrow(expect.objectContaining({ code: 'grant-signature' }))
    const input = jwsSigningInput(jwsHeader('pubky-grant'), formatGrantClaims({ ...grant, issuer: identity }))
    const forged = attachSignature(input, Uint8Array.of(1, ...new Array(63).fill(0)))
    expect(() => verifyGrant(forged)).toThrow(expect.objectContaining({ code: 'grant-signature' }))
  })

  test('ends at its time', () => {
    requireUnexpired(grant, grant.expiresAt - 1)
    expect(() => requireUnexpired(grant, grant.expiresAt)).toThrow(expect.objectContaining({ code: 'grant-expired' }))
  })

  test.each(['pubky.signup', 'new\nline', 'é', '\u007f'])('for a session with client id %j is refused', (clientId) => {
    requireSessionClientId(grant)
    expect(() => requireSessionClientId({ ...grant, clientId })).toThrow(
      expect.objectContaining({ code: 'grant-client-id' }),
    )
  })

  test.each([
    [{ clientId: 'chat.example' }, 'signup-grant-client-id'],
    [{ capabilities: parseCapabilities('/:r,/:w') }, 'signup-grant-not-root'],
    [{ issuedAt: NOW + 181, expiresAt: NOW + 182 }, 'signup-grant-in-future'],
    [{ expiresAt: NOW + 301 }, 'signup-grant-lifetime'],
  ])('for a sign-up with %j is refused', (change, code) => {
    const signup = {
      ...grant,
      clientId: 'pubky.signup',
      capabilities: parseCapabilities('/:rw'),
      expiresAt: NOW + 300,
    }
    requireSignupGrant(signup, NOW)
    expect(() => requireSignupGrant({ ...signup, ...change }, NOW)).toThrow(expect.objectContaining({ code }))
  })
})

describe('proof of possession', () => {
  const proof = { audience: homeserver, grantId: grant.grantId, nonce: 'EBESExQVFhcYGRobHB0eHw', issuedAt: NOW }
  const input = popSigningInput(proof)
  const jws = attachSignature(input, client.sign(utf8Encode(input)))
  const expected = { clientKey: client.publicKey, audience: homeserver, grantId: grant.grantId, now: NOW }

  test('is verified as it was signed', () => {
    expect(verifyPop(jws, expected)).toEqual(proof)
  })

  test('does not survive a change of its text', () => {
    fc.assert(
      fc.property(mutatedText(jws), (changed) => {
        if (changed !== jws) expect(() => verifyPop(changed, expected)).toThrow(ProtocolError)
      }),
    )
  })
})

describe('exchange', () => {
  test.each([
    [undefined],
    [null],
    ['text'],
    [[grant.jws, grant.jws]],
    [{}],
    [{ grant: grant.jws }],
    [{ grant: 1, pop: grant.jws }],
    [{ grant: 'a.b', pop: grant.jws }],
    [Object.create({ grant: grant.jws, pop: grant.jws })],
  ])('refuses the body %j', (body) => {
    expect(() => parseGrantExchange(body)).toThrow(expect.objectContaining({ code: 'grant-exchange' }))
  })

  test('takes grants that name hundreds of places, not what only costs time to read', () => {
    const long = `a.${'a'.repeat(16_000)}.a`
    const tooLong = `a.${'a'.repeat(16_384)}.a`
    expect(parseGrantExchange({ grant: long, pop: grant.jws }).grant).toBe(long)
    const refused = expect.objectContaining({ code: 'grant-exchange' })
    expect(() => parseGrantExchange({ grant: tooLong, pop: grant.jws })).toThrow(refused)
    expect(() => parseGrantExchange({ grant: grant.jws, pop: tooLong })).toThrow(refused)
  })

  test('ignores other members', () => {
    expect(parseGrantExchange({ grant: grant.jws, pop: grant.jws, more: 1 }).grant).toBe(grant.jws)
  })
})

describe('stored credential', () => {
  const text = formatStoredCredential({ homeserver, client, grant })

  test('is read back', () => {
    expect(formatStoredCredential(parseStoredCredential(text, NOW))).toBe(text)
    expect(() => parseStoredCredential(text, grant.expiresAt)).toThrow(
      expect.objectContaining({ code: 'credential-expired' }),
    )
  })

  test('hostile text gives a credential or a ProtocolError without the secret', () => {
    const secret = text.split(':')[2] ?? ''
    fc.assert(
      fc.property(fc.oneof(noise, mutatedText(text)), (changed) => {
        survives(ProtocolError, () => parseStoredCredential(changed, NOW))
        try {
          parseStoredCredential(changed, NOW)
        } catch (error) {
          expect(String(error)).not.toContain(secret.slice(0, 20))
        }
      }),
    )
  })
})

test.each([
  ['a', true],
  ['A-_9', true],
  ['', false],
  ['a'.repeat(23), false],
  ['a b', false],
  ['a/b', false],
  ['é', false],
  ['a\n', false],
])('%j as a grant id: %s', (text, valid) => {
  expect(isGrantId(text)).toBe(valid)
})
