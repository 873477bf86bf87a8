import {
  AuthFlowKind,
  type BrowserSessionStore,
  Keypair,
  type Pubky,
  type Session,
  type StoredSessionInfo,
} from '@pubky/sdk'
import { type Case, type Surroundings, signedUp, UNREACHABLE_RELAY } from './case.ts'
import { equal, fails, ok } from './check.ts'

/** A fresh store, empty. */
async function emptyStore(pubky: Pubky): Promise<BrowserSessionStore> {
  const store = pubky.browserSessionStore
  await store.clearAll()
  return store
}

async function delegatedSession(place: Surroundings, pubky: Pubky): Promise<Session> {
  const signer = await signedUp(place, pubky)
  const options = { clientId: 'store.example', relay: place.relay }
  const flow = await pubky.startGrantAuthFlow('/pub/app/:rw', AuthFlowKind.signin(), options)
  await signer.approveAuthRequest(flow.authorizationUrl)
  return await flow.awaitApproval()
}

async function only(store: BrowserSessionStore): Promise<StoredSessionInfo> {
  const all = await store.list()
  equal(all.length, 1, 'stored sessions')
  return all[0]!
}

export const sessionStore: readonly Case[] = [
  {
    number: '8.11.1',
    title: 'without IndexedDB',
    needs: 'node',
    async run(place) {
      const store = place.pubky().browserSessionStore
      equal([await store.isAvailable(), await store.list()], [false, []])
      await fails(() => store.restore('x'), { name: 'ClientStateError', message: 'IndexedDB' })
      await fails(() => store.remove('x'), { name: 'ClientStateError', message: 'IndexedDB' })
    },
  },
  {
    number: '8.11.2',
    title: 'opens and clears',
    needs: 'indexedDB',
    async run(place) {
      const pubky = place.pubky()
      const store = await emptyStore(pubky)
      equal(await store.isAvailable(), true)
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open('pubky-auth')
        opening.onsuccess = () => resolve(opening.result)
        opening.onerror = () => reject(opening.error)
      })
      equal([database.version, [...database.objectStoreNames]], [1, ['delegatedGrantKeys', 'storedSessions']])
      database.close()
      const options = { clientId: 'store.example', relay: UNREACHABLE_RELAY }
      const flow = await pubky.startGrantAuthFlow('', AuthFlowKind.signin(), options)
      flow.free()
    },
  },
  {
    number: '8.11.3',
    title: 'delegation is available',
    needs: 'indexedDB',
    async run() {
      const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])
      ok('publicKey' in pair, 'a key pair')
      equal((await crypto.subtle.exportKey('raw', pair.publicKey)).byteLength, 32)
      equal((await crypto.subtle.sign({ name: 'Ed25519' }, pair.privateKey, new Uint8Array(1))).byteLength, 64)
    },
  },
  {
    number: '8.11.4',
    title: 'a signer-made session',
    needs: 'indexedDB',
    async run(place) {
      const pubky = place.pubky()
      const store = await emptyStore(pubky)
      const session = await (await signedUp(place, pubky)).signin('store.example')
      await store.save(session)
      const stored = await only(store)
      equal([stored.storageMode, stored.capabilities], ['localSecret', ['/:rw']])
      const restored = await pubky.browserSessionStore.restore(stored.id)
      await restored.storage.putText('/pub/a.txt', 'a')
      equal(await restored.storage.getText('/pub/a.txt'), 'a')
    },
  },
  {
    number: '8.11.5',
    title: 'delegation switched off',
    needs: 'indexedDB',
    async run(place) {
      const pubky = place.pubky()
      const store = await emptyStore(pubky)
      const signer = await signedUp(place, pubky)
      globalThis.__pubkyGrantCanUseDelegationOverride = false
      try {
        const options = { clientId: 'store.example', relay: place.relay }
        const flow = await pubky.startGrantAuthFlow('/pub/app/:rw', AuthFlowKind.signin(), options)
        await fails(() => flow.saveDelegated(), { name: 'ClientStateError' })
        const state = flow.saveLocal()
        flow.free()
        const resumed = pubky.resumeGrantAuthFlow(state)
        await signer.approveAuthRequest(resumed.authorizationUrl)
        await store.save(await resumed.awaitApproval())
        const stored = await only(store)
        equal(stored.storageMode, 'localSecret')
        const restored = await store.restore(stored.id)
        await restored.storage.putText('/pub/app/a.txt', 'a')
      } finally {
        globalThis.__pubkyGrantCanUseDelegationOverride = undefined
      }
    },
  },
  {
    number: '8.11.6',
    title: 'two delegated accounts',
    needs: 'indexedDB',
    async run(place) {
      const pubky = place.pubky()
      const store = await emptyStore(pubky)
      for (let i = 0; i < 2; i++) await store.save(await delegatedSession(place, pubky))
      const all = await store.list()
      equal(
        all.map(({ storageMode }) => storageMode),
        ['delegated', 'delegated'],
      )
      equal(new Set(all.map(({ id }) => id)).size, 2)
      for (const { id } of all) await (await store.restore(id)).storage.putText('/pub/app/a.txt', 'a')
    },
  },
  {
    number: '8.11.7',
    title: 'clear() keeps unsaved sessions',
    needs: 'indexedDB',
    async run(place) {
      const pubky = place.pubky()
      const store = await emptyStore(pubky)
      await store.save(await delegatedSession(place, pubky))
      const unsaved = await delegatedSession(place, pubky)
      await store.clear()
      equal(await store.list(), [])
      await unsaved.storage.putText('/pub/app/a.txt', 'a')
      await store.save(unsaved)
      await (await store.restore((await only(store)).id)).storage.putText('/pub/app/a.txt', 'b')
    },
  },
  {
    number: '8.11.8',
    title: 'clearAll() removes pending keys',
    needs: 'indexedDB',
    async run(place) {
      const pubky = place.pubky()
      const store = await emptyStore(pubky)
      const options = { clientId: 'store.example', relay: UNREACHABLE_RELAY }
      const flow = await pubky.startGrantAuthFlow('', AuthFlowKind.signin(), options)
      const state = flow.saveDelegated()
      flow.free()
      await store.clearAll()
      await fails(() => pubky.resumeDelegatedGrantAuthFlow(state), { name: 'ClientStateError' })
    },
  },
  {
    number: '8.11.9',
    title: 'a pending delegated flow is resumed',
    needs: 'indexedDB',
    async run(place) {
      const pubky = place.pubky()
      const signer = await signedUp(place, pubky)
      const options = { clientId: 'store.example', relay: place.relay }
      const flow = await pubky.startGrantAuthFlow('/pub/app/:rw', AuthFlowKind.signin(), options)
      const url = flow.authorizationUrl
      const state = flow.saveDelegated()
      flow.free()
      const resumed = await pubky.resumeDelegatedGrantAuthFlow(state)
      equal(resumed.authorizationUrl, url)
      await signer.approveAuthRequest(url)
      const session = await resumed.awaitApproval()
      equal([session.info.publicKey.z32(), session.info.capabilities], [signer.publicKey.z32(), ['/pub/app/:rw']])
    },
  },
  {
    number: '8.11.10',
    title: 'a saved delegated state with another key',
    needs: 'indexedDB',
    async run(place) {
      const pubky = place.pubky()
      const options = { clientId: 'store.example', relay: UNREACHABLE_RELAY }
      const flow = await pubky.startGrantAuthFlow('', AuthFlowKind.signin(), options)
      const state: { client_pk: string } = JSON.parse(flow.saveDelegated())
      flow.free()
      equal(state.client_pk.length, 52)
      const changed = JSON.stringify({ ...state, client_pk: Keypair.random().publicKey.z32() })
      await fails(() => pubky.resumeDelegatedGrantAuthFlow(changed), {
        name: 'ClientStateError',
        message: 'does not match saved flow',
      })
    },
  },
]
