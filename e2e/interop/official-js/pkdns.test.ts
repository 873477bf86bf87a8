import { setTimeout as sleep } from 'node:timers/promises'
import { Keypair as OurKeypair } from '@pubky/crypto'
import { homeserverOf } from '@pubky/pkarr'
import { RANDOM_PORTS, STATIC_PORTS, type StaticTestnet, startStaticTestnet, wellKnownKeypair } from '@pubky/testnet'
import { Keypair, Pkdns, Pubky, PublicKey } from '@synonymdev/pubky'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OfficialNetwork, officialNetwork, officialVersion } from './official.ts'

let network: OfficialNetwork
beforeAll(async () => {
  network = await officialNetwork({ homeservers: 2 })
})
afterAll(() => network[Symbol.asyncDispose]())

describe('the homeserver of a user', () => {
  it('is found after sign-up, by the relay and in the DHT', async () => {
    const { keypair, user } = await network.signUp()
    const expected = network.homeserver.z32()
    expect((await network.pubky.getHomeserverOf(keypair.publicKey))?.z32()).toBe(expected)
    expect((await network.pubky.signer(keypair).pkdns.getHomeserver())?.z32()).toBe(expected)

    const dhtOnly = network.testnet.testnet.createPkarrClient()
    const packet = await dhtOnly.resolve(OurKeypair.fromSecret(keypair.secret()).publicKey)
    expect(packet && homeserverOf(packet)?.z32()).toBe(expected)
    expect(packet?.publicKey.z32()).toBe(user)
  })

  it('of a key that published nothing is unknown', async () => {
    expect(await network.pubky.getHomeserverOf(Keypair.random().publicKey)).toBeUndefined()
  })

  it('a fresh record is not published again, a forced one is, and is seen at once', async () => {
    const { keypair } = await network.signUp()
    const { pkdns } = network.pubky.signer(keypair)
    const second = network.testnet.homeservers[1]?.publicKey.z32() ?? ''
    // The SDK takes the key object over with each call.
    await pkdns.publishHomeserverIfStale(PublicKey.from(second))
    expect((await network.pubky.getHomeserverOf(keypair.publicKey))?.z32()).toBe(network.homeserver.z32())
    await pkdns.publishHomeserverForce(PublicKey.from(second))
    expect((await network.pubky.getHomeserverOf(keypair.publicKey))?.z32()).toBe(second)
    await pkdns.publishHomeserverForce()
    expect((await network.pubky.getHomeserverOf(keypair.publicKey))?.z32()).toBe(second)
  })

  it('a user may be at either of two homeservers', async () => {
    const second = network.testnet.homeservers[1]?.publicKey.z32() ?? ''
    const signer = network.pubky.signer(Keypair.random())
    const session = await signer.signup(PublicKey.from(second), null)
    await session.storage.putText('/pub/where', 'second')
    const { user } = await network.signUp()
    expect(await network.pubky.publicStorage.exists(`pubky${user}/pub/where`)).toBe(false)
    expect(await network.pubky.publicStorage.getText(`pubky${signer.publicKey.z32()}/pub/where`)).toBe('second')
  })
})

describe('testnet mode, with the port that the SDK has built in', () => {
  it('signs up, writes and reads', async () => {
    console.log(`official SDK: @synonymdev/pubky ${officialVersion()}, relay port ${STATIC_PORTS.pkarrRelay}`)
    await using fixed = await startOnFixedRelayPort()
    expect(fixed.homeserver.publicKey.z32()).toBe(wellKnownKeypair().publicKey.z32())
    const pubky = Pubky.testnet()
    const signer = pubky.signer(Keypair.random())
    const session = await signer.signup(PublicKey.from(fixed.homeserver.publicKey.z32()), null)
    await session.storage.putText('/pub/hello.txt', 'Hello')
    const address = `pubky${signer.publicKey.z32()}/pub/hello.txt` as const
    expect(await pubky.publicStorage.getText(address)).toBe('Hello')
    expect(() => new Pkdns()).not.toThrow()
  })
})

/** Only the relay's port matters to the SDK; another run on this machine may have it for a moment. */
async function startOnFixedRelayPort(): Promise<StaticTestnet> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startStaticTestnet({ ports: { ...RANDOM_PORTS, pkarrRelay: STATIC_PORTS.pkarrRelay } })
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'port-taken'
      if (!isTaken || attempt === 60) throw error
      await sleep(500)
    }
  }
}
