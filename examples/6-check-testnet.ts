/** A smoke test of a network: `pnpm --filter @pubky/examples check-testnet` */
import { Keypair } from '@pubky/sdk'
import { useTestnet } from './testnet.ts'

await using network = await useTestnet()
const signer = network.pubky.signer(Keypair.random())

await step('sign up', () => signer.signup(network.homeserver))
const session = await step('sign in', () => signer.signin('check.example'))
await step('write', () => session.storage.putText('/pub/check.example/a.txt', 'works'))
const text = await step('read', () => session.storage.getText('/pub/check.example/a.txt'))
if (text !== 'works') throw new Error(`read ${text}`)
await step('sign out', () => session.signout())
console.log('the network works')

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  console.log(`${name}: ${Math.round(performance.now() - start)} ms`)
  return result
}
