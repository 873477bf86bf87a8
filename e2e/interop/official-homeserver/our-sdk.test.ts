import { randomBytes } from 'node:crypto'
import { Keypair as RawKeypair, PublicKey as RawPublicKey } from '@pubky/crypto'
import * as web from '@pubky/sdk'
import * as native from '@pubky/sdk/node'
import { connect, TlsError } from '@pubky/tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BASE_CONFIG } from '../../conformance/harness/item.ts'
import type { LabServer } from '../../conformance/harness/lab.ts'
import { get } from '../../conformance/harness/pubky-tls.ts'
import { missingPeer } from '../../peers.ts'
import { OfficialLab, officialAvailable, officialHint } from './official-lab.ts'

/** Our clients unmodified against the official server 0.17.1. */
describe.skipIf(missingPeer('the official homeserver 0.17.1', officialAvailable, officialHint))(
  'our clients and the official homeserver',
  () => {
    let lab: OfficialLab
    let server: LabServer
    let homeserver: string

    beforeAll(async () => {
      lab = await OfficialLab.create()
      server = await lab.start(BASE_CONFIG)
      homeserver = server.endpoints.pubky
    })
    afterAll(async () => {
      await server[Symbol.asyncDispose]()
      await lab[Symbol.asyncDispose]()
    })

    test('our TLS client reads through PubkyTLS and refuses another key', async () => {
      const answer = await get(server.endpoints.tls!, homeserver, '/')
      expect(answer).toEqual({ status: 200, text: 'Pubky Homeserver' })
      const wrong = RawKeypair.random().publicKey
      const refused = connect({ ...server.endpoints.tls!, serverKey: wrong })
      await expect(refused).rejects.toBeInstanceOf(TlsError)
      await expect(
        connect({ ...server.endpoints.tls!, serverKey: wrong }).catch((error: TlsError) => error.code),
      ).resolves.toBe('wrong-key')
      expect(RawPublicKey.parse(homeserver).equals(wrong)).toBe(false)
    })

    const ways = {
      natively: () =>
        native.Pubky.withClient(
          new native.Client({ pkarr: { relays: [], bootstrap: [...lab.network.bootstrap], dhtRequestTimeout: 500 } }),
        ),
      'through its HTTP port': () =>
        web.Pubky.withClient(new web.Client({ pkarr: { relays: lab.network.pkarrRelays.map((relay) => relay.url) } })),
    }

    for (const [way, open] of Object.entries(ways)) {
      test(`our SDK signs up, writes, reads, lists, streams and signs out ${way}`, async () => {
        const pubky = open()
        try {
          const signer = pubky.signer(web.Keypair.random())
          const user = signer.publicKey.z32()
          await signer.signup(web.PublicKey.from(homeserver))
          const session = await signer.signin('interop.test')
          for (const size of [0, 1024, 70 * 1024, 2 * 1024 * 1024]) {
            const body = new Uint8Array(randomBytes(size))
            await session.storage.putBytes(`/pub/sizes/${size}`, body)
            expect(Buffer.from(await session.storage.getBytes(`/pub/sizes/${size}`)).equals(body)).toBe(true)
          }
          await session.storage.putText('/priv/secret.txt', 'secret')
          expect(await session.storage.getText('/priv/secret.txt')).toBe('secret')
          expect(await session.storage.list('/pub/sizes/')).toHaveLength(4)
          expect(await pubky.publicStorage.exists(`pubky${user}/pub/sizes/0`)).toBe(true)
          const { status } = await pubky.client.fetch(`https://_pubky.${user}/priv/secret.txt`)
          expect(status).toBe(401)
          const lock = await session.storage.lock('/pub/state', 10)
          await expect(session.storage.putText('/pub/state', 'x')).rejects.toMatchObject({ data: { statusCode: 423 } })
          await session.storage.putLocked(lock, new Uint8Array(1))
          await session.storage.unlock(lock)
          await session.storage.delete('/pub/sizes/0')
          await session.signout()
          await expect(session.storage.putText('/pub/late', 'x')).rejects.toThrow()

          const cookie = await signer.signinCookie()
          await cookie.storage.putText('/pub/by-cookie', 'x')
          await cookie.signout()
        } finally {
          if ('asyncDispose' in Symbol && Symbol.asyncDispose in pubky) {
            await (pubky as unknown as AsyncDisposable)[Symbol.asyncDispose]()
          }
        }
      })
    }
  },
)
