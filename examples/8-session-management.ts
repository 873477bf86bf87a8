/** Lists the apps of a user and signs one of them out: `pnpm --filter @pubky/examples session-management` */
import { AuthFlowKind, GrantManager, Keypair, PubkyError } from '@pubky/sdk'
import { useTestnet } from './testnet.ts'

await using network = await useTestnet()
const { pubky, homeserver, relay } = network
const signer = pubky.signer(Keypair.random())
await signer.signup(homeserver)

// An app asks, the user approves on another device.
const flow = await pubky.startGrantAuthFlow('/pub/notes.example/:rw', AuthFlowKind.signin(), {
  clientId: 'notes.example',
  relay,
})
await signer.approveAuthRequest(flow.authorizationUrl)
const app = await flow.awaitApproval()

// Managing needs a session with all rights; it is ended when it is no longer needed.
const temporary = await signer.signin('session-management.example')
const manager = new GrantManager(temporary)
for (const grant of await manager.list()) {
  console.log(`${grant.clientId} may do ${grant.capabilities} until ${new Date(grant.expiresAt * 1000).toISOString()}`)
}
await manager.revoke(await app.grant!.grantId())
await temporary.signout()

try {
  await app.storage.putText('/pub/notes.example/a.txt', 'too late')
} catch (error) {
  if (!(error instanceof PubkyError)) throw error
  console.log(`notes.example is signed out: ${error.message}`)
}
