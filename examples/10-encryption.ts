/** Encrypts files end to end and shares one: `pnpm --filter @pubky/examples encryption` */
import { AuthFlowKind, EncryptedStorage, Keypair, type Session } from '@pubky/sdk'
import { useTestnet } from './testnet.ts'

await using network = await useTestnet()
const { pubky, homeserver, relay } = network
const alice = await signin()
const bob = await signin()

const hers = EncryptedStorage.open(alice, '/pub/notes.example/')
await hers.putText('plan.txt', 'meet at noon')
console.log('alice reads:', await hers.getText('plan.txt'))

const his = EncryptedStorage.open(bob, '/pub/notes.example/')
await his.enableSharing()
await hers.share('plan.txt', bob.info.publicKey)
const shared = await his.sharedBy(alice.info.publicKey)
console.log('bob reads:', await shared.getText('plan.txt'))

const stored = await pubky.publicStorage.getBytes(`pubky${alice.info.publicKey.z32()}/pub/notes.example/plan.txt`)
console.log('the server has:', Buffer.from(stored).toString('base64'))

/** A new user signs in to the app and approves it on another device, encryption keys included. */
async function signin(): Promise<Session> {
  const signer = pubky.signer(Keypair.random())
  await signer.signup(homeserver)
  const flow = await pubky.startGrantAuthFlow('/pub/notes.example/:rwe', AuthFlowKind.signin(), {
    clientId: 'notes.example',
    relay,
    approvalFormat: 'v1',
  })
  await signer.approveAuthRequest(flow.authorizationUrl)
  return await flow.awaitApproval()
}
