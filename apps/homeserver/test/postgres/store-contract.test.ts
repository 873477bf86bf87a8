import { afterAll, beforeAll } from 'vitest'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { storeContract } from '../../src/store/store.contract.ts'
import { PostgresServer } from './postgres-server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await PostgresServer.start()
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

const log = { info: () => {}, warn: () => {}, error: () => {} }
const onFatal = (error: Error) => {
  throw error
}

storeContract('PostgreSQL', async () => {
  const url = await server.createDatabase()
  const open = () => openPostgresStore({ url, maxConnections: 4, onFatal, log })
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
