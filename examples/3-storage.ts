/** Writes, reads and deletes files, as their owner and as anybody: `pnpm --filter @pubky/examples storage` */
import { Keypair } from '@pubky/sdk'
import { useTestnet } from './testnet.ts'

await using network = await useTestnet()
const { pubky, homeserver } = network
const signer = pubky.signer(Keypair.random())
await signer.signup(homeserver)
const { storage } = await signer.signin('storage.example')

await storage.putText('/pub/storage.example/hello.txt', 'Hello!')
await storage.putJson('/pub/storage.example/data.json', { answer: 42 })
await storage.putText('/priv/storage.example/diary.txt', 'only for my own apps')

const address = `pubky${signer.publicKey.z32()}/pub/storage.example/hello.txt` as const
console.log('exists:', await pubky.publicStorage.exists(address))
console.log('stats:', await pubky.publicStorage.stats(address))
console.log('text:', await pubky.publicStorage.getText(address))
console.log('list:', await storage.list('/pub/storage.example/'))
for await (const { path, stats } of storage.entries('/pub/')) console.log('entry:', path, stats?.contentLength)

await storage.delete('/pub/storage.example/hello.txt')
console.log('after deleting:', await pubky.publicStorage.exists(address))
