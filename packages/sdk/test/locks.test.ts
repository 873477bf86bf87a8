import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SessionStorage } from '../src/index.ts'
import { withGrants } from './grant-script.ts'
import { type ScriptedAnswer, ScriptedNetwork, type SeenRequest } from './scripted-network.ts'

const TOKEN = 'opaquelocktoken:1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed'

let network: ScriptedNetwork
let storage: SessionStorage

beforeEach(async () => {
  network = await ScriptedNetwork.start()
  network.script = withGrants(network)
  storage = (await network.pubky().signer(network.user).signin('locks.example')).storage
  network.seen.length = 0
})

afterEach(async () => {
  await network[Symbol.asyncDispose]()
})

/** Locks live a second; `refresh` answers when one is refreshed. */
function locksThat(refresh: () => ScriptedAnswer): (request: SeenRequest) => ScriptedAnswer {
  return ({ method, headers }) => {
    if (method !== 'LOCK') return {}
    if (headers.if !== undefined) return refresh()
    return { headers: { 'lock-token': `<${TOKEN}>`, timeout: 'Second-1' } }
  }
}

const methods = (): string[] => network.seen.map(({ method }) => method).filter((method) => method !== 'GET')
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('a lock', () => {
  it('is asked for with a time that is one', async () => {
    network.script = locksThat(() => ({}))
    for (const seconds of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(storage.lock('/pub/a', seconds)).rejects.toMatchObject({ name: 'InvalidInput' })
    }
    expect(methods()).toEqual([])
  })

  it('is shown by writes of all kinds', async () => {
    network.script = locksThat(() => ({}))
    const lock = await storage.lock('/pub/a', 1)
    await storage.putBytesLocked(lock, Uint8Array.of(1))
    await storage.putTextLocked(lock, 'ä')
    expect(network.seen.at(-1)?.body.toString()).toBe('ä')
    for (const { headers } of network.seen.slice(-2)) expect(headers.if).toBe(lock.ifHeader())
  })
})

describe('work under a lock', () => {
  it('goes on when a refresh fails in passing', async () => {
    let failures = 1
    network.script = locksThat(() => (failures-- > 0 ? { status: 500 } : { headers: { timeout: 'Second-60' } }))
    await storage.withLock('/pub/a', 60, async (lock) => {
      while (lock.timeoutSeconds === 1) await pause(10)
    })
    expect(methods()).toEqual(['LOCK', 'LOCK', 'LOCK', 'UNLOCK'])
  })

  it('is not refreshed when the lock is gone', async () => {
    network.script = locksThat(() => ({ status: 412 }))
    await storage.withLock('/pub/a', 1, async () => {
      while (methods().length < 2) await pause(10)
      await pause(300)
    })
    expect(methods()).toEqual(['LOCK', 'LOCK', 'UNLOCK'])
  })

  it('gives the lock back when it fails, or when the caller has lost interest', async () => {
    network.script = locksThat(() => ({}))
    await expect(storage.withLock('/pub/a', 1, () => Promise.reject(new Error('spilled')))).rejects.toThrow('spilled')
    const controller = new AbortController()
    const working = storage.with({ signal: controller.signal }).withLock('/pub/a', 1, async (lock) => {
      controller.abort(new Error('never mind'))
      await storage.with({ signal: controller.signal }).putLocked(lock, new Uint8Array(1))
    })
    await expect(working).rejects.toThrow('never mind')
    expect(methods()).toEqual(['LOCK', 'UNLOCK', 'LOCK', 'UNLOCK'])
  })
})
