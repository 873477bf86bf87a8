/**
 * What an app does with the SDK, wherever a browser lets it run: the same in pages, frames and workers. Answers with plain
 * values, as `everywhere.run` and to messages.
 */
import { AuthFlowKind, Client, GrantAuthFlow, Keypair, Pubky, PublicKey } from '@pubky/sdk'

interface Network {
  readonly homeserver: string
  readonly relay: string
  readonly pkarrRelay: string
}

/** What came of it. */
export interface Findings {
  readonly isDelegationAvailable: boolean
  readonly canKeep: boolean
  /** How the session is kept, or why it is not. */
  readonly kept: string
  readonly written: string
  /** The last that was told of an upload's progress. */
  readonly uploaded: number | undefined
  readonly events: readonly string[]
  /** How many sessions are kept after the sign-out. */
  readonly left: number
}

const FOLDER = '/pub/everywhere.example/'
const SIZE = 300_000

async function run({ homeserver, relay, pkarrRelay }: Network): Promise<Findings> {
  const pubky = Pubky.withClient(new Client({ pkarr: { relays: [pkarrRelay] } }))
  const store = pubky.browserSessionStore
  const signer = pubky.signer(Keypair.random())
  await signer.signup(PublicKey.from(homeserver))
  const flow = await pubky.startGrantAuthFlow(`${FOLDER}:rw`, AuthFlowKind.signin(), {
    clientId: 'everywhere.example',
    relay,
  })
  await signer.approveAuthRequest(flow.authorizationUrl)
  let session = await flow.awaitApproval()
  let kept: string
  try {
    const { id, storageMode } = await store.save(session)
    session = await store.restore(id)
    kept = storageMode
  } catch (thrown) {
    kept = String(thrown)
  }
  const { storage } = session
  await storage.putText(`${FOLDER}a.txt`, 'written anywhere')
  let uploaded: number | undefined
  await storage.upload(`${FOLDER}b.bin`, new Blob([new Uint8Array(SIZE)]).stream(), {
    onProgress: ({ transferred }) => {
      uploaded = transferred
    },
  })
  const events: string[] = []
  const user = session.info.publicKey
  for await (const { resource } of pubky.eventStreamForUser(user, null).live().limit(2).follow()) {
    events.push(resource.path)
  }
  const written = await pubky.publicStorage.getText(`pubky${user.z32()}${FOLDER}a.txt`)
  await session.signout()
  await store.clear().catch(() => {})
  return {
    isDelegationAvailable: GrantAuthFlow.isDelegationAvailable,
    canKeep: await store.isAvailable(),
    kept,
    written,
    uploaded,
    events,
    left: (await store.list()).length,
  }
}

const everywhere = { run }

export type Everywhere = typeof everywhere

Object.assign(globalThis, { everywhere })

globalThis.addEventListener('message', ({ data, ports }) => {
  const [port] = ports
  if (port === undefined) return
  run(data).then(
    (findings) => port.postMessage({ findings }),
    (error: unknown) => port.postMessage({ error: String(error) }),
  )
})
