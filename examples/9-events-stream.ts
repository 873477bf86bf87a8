/** Watches what two users write: `pnpm --filter @pubky/examples events-stream` */
import { Keypair } from '@pubky/sdk'
import { useTestnet } from './testnet.ts'

await using network = await useTestnet()
const { pubky, homeserver } = network
const sessions = await Promise.all([newUser(), newUser()])
const users = sessions.map(({ info }): [string, null] => [info.publicKey.z32(), null])

for (const { storage } of sessions) {
  for (const name of ['a', 'b', 'c']) await storage.putText(`/pub/events.example/${name}.txt`, name)
}

console.log('everything so far:')
const past = pubky.eventStreamFor(homeserver).addUsers(users).path('/pub/events.example/')
for await (const event of await past.subscribe()) show(event)

console.log('the newest first, at most two:')
for await (const event of await past.reverse().limit(2).subscribe()) show(event)

console.log('live, over any break of the connection:')
const last = sessions[0]!
setTimeout(() => void last.storage.delete('/pub/events.example/a.txt'), 100)
for await (const event of past.live().follow()) {
  if (event.eventType !== 'DEL') continue
  show(event)
  break
}

async function newUser() {
  const signer = pubky.signer(Keypair.random())
  await signer.signup(homeserver)
  return await signer.signin('events.example')
}

function show({ eventType, resource, cursor }: { eventType: string; resource: object; cursor: string }): void {
  console.log(`  ${cursor} ${eventType} ${resource.toString()}`)
}
