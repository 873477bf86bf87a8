/** What the browser test drives: each function answers with plain values. */
import { AuthFlowKind, Client, EncryptedStorage, Keypair, Pubky, PublicKey, type Session } from '@pubky/sdk'

interface PageNetwork {
  readonly homeserver: string
  readonly relay: string
  readonly pkarrRelay: string
}

let session: Session | undefined

function pubkyOf({ pkarrRelay }: PageNetwork): Pubky {
  return Pubky.withClient(new Client({ pkarr: { relays: [pkarrRelay] } }))
}

function signedIn(): Session {
  if (session === undefined) throw new Error('nobody is signed in')
  return session
}

const page = {
  /** Signs a new user in and keeps the session; gives its id. */
  async signin(network: PageNetwork): Promise<string> {
    const pubky = pubkyOf(network)
    const signer = pubky.signer(Keypair.random())
    await signer.signup(PublicKey.from(network.homeserver))
    const flow = await pubky.startGrantAuthFlow('/pub/app.example/:rwe', AuthFlowKind.signin(), {
      clientId: 'app.example',
      relay: network.relay,
      approvalFormat: 'v1',
    })
    await signer.approveAuthRequest(flow.authorizationUrl)
    session = await flow.awaitApproval()
    await pubky.browserSessionStore.save(session)
    const user = session.info.publicKey.z32()
    const kept = await pubky.browserSessionStore.list()
    return kept.find(({ publicKey }) => publicKey === user)?.id ?? ''
  },

  /** Keeps the session once more. */
  async keep(network: PageNetwork): Promise<void> {
    await pubkyOf(network).browserSessionStore.save(signedIn())
  },

  /** Takes over the kept session, as a second tab does. */
  async restore(network: PageNetwork, id: string): Promise<void> {
    session = await pubkyOf(network).browserSessionStore.restore(id)
  },

  /** Puts a session of a version to come beside the kept ones; gives what listing says then. */
  async meetFuture(network: PageNetwork): Promise<string> {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('pubky-auth', 1)
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error)
    })
    const transaction = database.transaction('storedSessions', 'readwrite')
    transaction.objectStore('storedSessions').put({ id: 'future', version: 'pubky-session-v9' })
    await new Promise((resolve) => transaction.addEventListener('complete', resolve))
    database.close()
    return await pubkyOf(network)
      .browserSessionStore.list()
      .then(
        () => '',
        (error: Error) => error.name,
      )
  },

  /** Forgets by one of the store's methods; gives how many sessions are left. */
  async forget(network: PageNetwork, by: 'clear' | 'clearAll' | 'remove'): Promise<number> {
    const store = pubkyOf(network).browserSessionStore
    await (by === 'remove' ? store.remove('future') : store[by]())
    return (await store.list()).length
  },

  /** Writes; gives what went wrong, if anything. */
  async write(name: string): Promise<string | undefined> {
    return await signedIn()
      .storage.putText(`/pub/app.example/${name}`, name)
      .then(
        () => undefined,
        (error: Error) => error.message,
      )
  },

  async signout(): Promise<void> {
    await signedIn().signout()
  },

  /** Uploads a file of `size` bytes from a stream; gives the progress that was told. */
  async upload(size: number): Promise<{ transferred: number; total: number | undefined }[]> {
    const told: { transferred: number; total: number | undefined }[] = []
    await signedIn().storage.upload('/pub/app.example/large.bin', new Blob([new Uint8Array(size)]).stream(), {
      onProgress: (progress) => told.push(progress),
    })
    return told
  },

  /** Uploads a file whose source fails; gives what is said about it. */
  async uploadBroken(): Promise<string> {
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(1_000))
        controller.error(new Error('the camera is gone'))
      },
    })
    return await signedIn()
      .storage.upload('/pub/app.example/broken.bin', broken)
      .then(() => 'nothing', String)
  },

  /** Reads it back with progress; gives its size and the last progress. */
  async download(): Promise<{ size: number; last: unknown }> {
    let last: unknown
    const response = await signedIn().storage.download('/pub/app.example/large.bin', {
      onProgress: (progress) => {
        last = progress
      },
    })
    return { size: (await response.arrayBuffer()).byteLength, last }
  },

  /** Writes and reads an encrypted file with the keys of this session. */
  async encrypt(text: string): Promise<string> {
    const notes = EncryptedStorage.open(signedIn(), '/pub/app.example/')
    await notes.putText('sealed.txt', text)
    return await notes.getText('sealed.txt')
  },
}

export type BrowserPage = typeof page

Object.assign(globalThis, { page })
