/** Shows what the SDK does on the console: `pnpm --filter @pubky/examples logging` */
import { Keypair, setLogLevel } from '@pubky/sdk'
import { useTestnet } from './testnet.ts'

setLogLevel('debug')
await using network = await useTestnet()
const signer = network.pubky.signer(Keypair.random())
await signer.signup(network.homeserver)
setLogLevel('error')
await signer.signin('logging.example')
