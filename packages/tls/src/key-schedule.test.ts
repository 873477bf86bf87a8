import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { hex, vectors } from '../test/vectors.ts'
import { CIPHER_SUITES } from './cipher-suites.ts'
import { finishedMac, KeySchedule, nextTrafficSecret, trafficKey } from './key-schedule.ts'

const [aes128] = CIPHER_SUITES

describe('RFC 8448 §3', () => {
  const rfc = vectors.tls13Rpk.rfc8448KeySchedule
  // The transcript hashes and traffic secrets that RFC 8448 §3 prints.
  const helloHash = hex('860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8')
  const finishedHash = hex('9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13')
  const schedule = new KeySchedule(aes128!)
  const handshake = schedule.handshakeSecrets(hex(rfc.dhe), helloHash)

  test('the handshake secret is HKDF-Extract of the derived early secret and the shared secret', () => {
    const handshakeSecret = createHmac('sha256', hex(rfc.derived)).update(hex(rfc.dhe)).digest('hex')
    expect(handshakeSecret).toBe(rfc.handshakeSecret)
  })

  test('handshake traffic secrets', () => {
    expect(handshake.client.toString('hex')).toBe('b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21')
    expect(handshake.server.toString('hex')).toBe('b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38')
  })

  test('handshake write key and IV of the server', () => {
    const { key, iv } = trafficKey(aes128!, handshake.server)
    expect(key.export().toString('hex')).toBe('3fce516009c21727d0f2e4e86ee403bc')
    expect(iv.toString('hex')).toBe('5d313eb2671276ee13000b30')
  })

  test('application traffic secrets, and nothing more after them', () => {
    const application = schedule.applicationSecrets(finishedHash)
    expect(application.client.toString('hex')).toBe('9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5')
    expect(application.server.toString('hex')).toBe('a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643')
    expect(() => schedule.applicationSecrets(finishedHash)).toThrow('handshake secrets come first')
  })
})

describe('the deterministic raw public key trace', () => {
  const { secrets, messages } = vectors.tls13Rpk

  test('all secrets and both Finished', () => {
    const schedule = new KeySchedule(aes128!)
    const dhe = hex(secrets.dhe)
    const handshake = schedule.handshakeSecrets(dhe, hex(secrets.th_sh))
    expect(handshake.client.toString('hex')).toBe(secrets.c_hs)
    expect(handshake.server.toString('hex')).toBe(secrets.s_hs)
    expect(dhe.every((byte) => byte === 0)).toBe(true)
    const application = schedule.applicationSecrets(hex(secrets.th_sf))
    expect(application.client.toString('hex')).toBe(secrets.c_ap)
    expect(application.server.toString('hex')).toBe(secrets.s_ap)
    const mac = finishedMac(aes128!, handshake.client, hex(secrets.th_sf))
    expect(`14000020${mac.toString('hex')}`).toBe(messages.client_finished)
  })

  test('a traffic secret changes with a KeyUpdate', () => {
    const next = nextTrafficSecret(aes128!, hex(secrets.c_ap))
    expect(next).toHaveLength(32)
    expect(next.toString('hex')).not.toBe(secrets.c_ap)
  })
})
