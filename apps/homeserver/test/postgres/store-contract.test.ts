import { afterAll, beforeAll } from 'vitest'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { storeContract } from '../../src/store/store.contract.ts'
import { PostgresServer } from './postgres-server.ts'
import { ignore, raise } from './writes.ts'

let server: PostgresServer
let url: string
beforeAll(async () => {
  server = await PostgresServer.start()
  url = await server.createDatabase()
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

storeContract('PostgreSQL', async () => {
  await server.empty(url)
  const open = () => openPostgresStore({ url, maxConnections: 4, onFatal: raise, log: ignore })
  let store = await open()
  return {
    store,
    reopen: async () => {
      await store[Symbol.asyncDispose]()
      store = await open()
      return store
    },
    remove: async () => {},
  }
})
