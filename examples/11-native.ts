/** The same API over the DHT and PubkyTLS, without relays or domains: `pnpm --filter @pubky/examples native` */
import { Client, Keypair, Pubky } from '@pubky/sdk/node'
import { useTestnet } from './testnet.ts'

await using network = await useTestnet({ isNative: true })
await using pubky = Pubky.withClient(new Client({ pkarr: { relays: [], bootstrap: [...network.bootstrap] } }))

const signer = pubky.signer(Keypair.random())
await signer.signup(network.homeserver)
const session = await signer.signin('native.example')
await session.storage.putText('/pub/native.example/a.txt', 'no relay, no domain')
console.log(await pubky.publicStorage.getText(`pubky${signer.publicKey.z32()}/pub/native.example/a.txt`))
