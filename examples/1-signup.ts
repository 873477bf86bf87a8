/** Creates an account from a recovery file and signs in: `pnpm --filter @pubky/examples signup [file] [passphrase] [invitation]` */
import { readFile } from 'node:fs/promises'
import { Keypair } from '@pubky/sdk'
import { givenPath } from './given-path.ts'
import { useTestnet } from './testnet.ts'

const sample = new URL('sample-recovery.key', import.meta.url)
const [file, passphrase = '', invitation] = process.argv.slice(2)
const keypair = Keypair.fromRecoveryFile(await readFile(file ? givenPath(file) : sample), passphrase)

await using network = await useTestnet()
const signer = network.pubky.signer(keypair)
await signer.signup(network.homeserver, invitation)
const session = await signer.signin('signup.example')

console.log(`signed in as ${session.info.publicKey.toString()}`)
console.log(`may do ${session.info.capabilities.join(', ')}`)
console.log(`lives on ${(await network.pubky.getHomeserverOf(signer.publicKey))?.z32()}`)
