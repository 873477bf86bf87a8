import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RANDOM_PORTS, startStaticTestnet } from '@pubky/testnet'
import { Client, Keypair, Pubky, PublicKey } from '@synonymdev/pubky'
import { expect, it } from 'vitest'
import { officialVersion, patternedBytes } from './official.ts'

it('a testnet with a data folder gives users their files, sessions and names back after a restart', async () => {
  console.log(`official SDK: @synonymdev/pubky ${officialVersion()}`)
  const folder = await mkdtemp(join(tmpdir(), 'official-js-'))
  const start = () => startStaticTestnet({ ports: RANDOM_PORTS, data: join(folder, 'state') })
  const connect = (relay: string) => Pubky.withClient(new Client({ pkarr: { relays: [relay] } }))
  const secret = Keypair.random().secret()
  const bytes = patternedBytes(300_000)
  const user = Keypair.fromSecret(secret).publicKey.z32()
  let exported: string
  try {
    {
      await using network = await start()
      const signer = connect(network.pkarrRelay.url).signer(Keypair.fromSecret(secret))
      const session = await signer.signup(PublicKey.from(network.homeserver.publicKey.z32()), null)
      await session.storage.putText('/pub/small', 'small')
      await session.storage.putBytes('/pub/large', bytes)
      await session.storage.putText('/pub/deleted', 'x')
      await session.storage.delete('/pub/deleted')
      exported = session.export()
    }
    await using network = await start()
    const pubky = connect(network.pkarrRelay.url)
    expect(await pubky.publicStorage.getText(`pubky${user}/pub/small`)).toBe('small')
    expect(Buffer.compare(await pubky.publicStorage.getBytes(`pubky${user}/pub/large`), bytes)).toBe(0)
    const list = await pubky.publicStorage.list(`pubky${user}/pub/`)
    expect(list).toEqual([`pubky://${user}/pub/large`, `pubky://${user}/pub/small`])
    const restored = await pubky.restoreSession(exported)
    await restored.storage.putText('/pub/restored', 'x')
    const again = await pubky.signer(Keypair.fromSecret(secret)).signin()
    expect(await again.storage.getText('/pub/restored')).toBe('x')
  } finally {
    await rm(folder, { recursive: true })
  }
})
