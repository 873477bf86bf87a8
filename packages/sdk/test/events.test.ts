import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Event, EventStreamBuilder } from '../src/index.ts'
import vectors from '../vectors/sdk-0-17.json' with { type: 'json' }
import { ScriptedNetwork } from './scripted-network.ts'

const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis

let network: ScriptedNetwork

beforeEach(async () => {
  network = await ScriptedNetwork.start()
})

afterEach(async () => {
  vi.restoreAllMocks()
  await network[Symbol.asyncDispose]()
})

function builder(): EventStreamBuilder {
  return network.pubky().eventStreamForUser(network.user.publicKey, null)
}

/** What a stream gives until its end or its error, in the form of the vectors. */
async function results(stream: ReadableStream<Event>): Promise<unknown[]> {
  const seen: unknown[] = []
  try {
    for await (const event of stream) seen.push(`${event.eventType} ${event.resource.toString()} ${event.cursor}`)
  } catch (error) {
    seen.push({ error: error instanceof Error ? error.message : String(error) })
  }
  return seen
}

describe('event streams decode as the official SDK does (spec 05 §9)', () => {
  for (const vector of vectors.event_stream.cases) {
    it(vector.case, async () => {
      const text = new TextEncoder().encode(vector.body)
      const body = vector.case === 'invalid UTF-8 in the path' ? withByteFf(text) : text
      network.script = () => ({ headers: { 'content-type': 'text/event-stream' }, body })
      if (vector.limit === 0) {
        const message = 'subscribe_error' in vector.result ? vector.result.subscribe_error : ''
        expect(() => builder().maxEventBytes(0)).toThrow(message)
        return
      }
      const limited = vector.limit === null ? builder() : builder().maxEventBytes(vector.limit)
      expect(await results(await limited.subscribe())).toEqual(vector.result)
    })
  }
})

/** The vector writes U+FFFD for the single byte ff. */
function withByteFf(bytes: Uint8Array): Uint8Array {
  const at = bytes.findIndex((byte, i) => byte === 0xef && bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd)
  return Uint8Array.from([...bytes.subarray(0, at), 0xff, ...bytes.subarray(at + 3)])
}

describe('a stream is described step by step', () => {
  it('users and the largest event are told to the builder itself, as officially', async () => {
    network.script = () => ({ headers: { 'content-type': 'text/event-stream' } })
    const own = builder()
    for (const bytes of [0, -0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 4_294_967_296]) {
      expect(() => own.maxEventBytes(bytes)).toThrow(expect.objectContaining({ name: 'InvalidInput' }))
    }
    own.addUsers([['8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo', '12']])
    expect(() => own.addUsers([['8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo', 'soon']])).toThrow()
    await (await own.subscribe()).cancel()
    expect(network.seen.at(-1)?.target).toContain('8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo%3A12')
  })

  it('parameters come in the official order', async () => {
    network.script = () => ({ headers: { 'content-type': 'text/event-stream' } })
    const other = '8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'
    const first = builder()
      .path('/pub/b/')
      .limit(3)
      .addUsers([[other, '7']])
      .path('/pub/a/')
      .live()
    await results(await first.subscribe())
    const user = network.user.publicKey.z32()
    expect(network.seen.at(-1)?.target).toBe(
      `/events-stream?user=${user}&user=${other}%3A7&limit=3&live=true&path=%2Fpub%2Fb%2F&path=%2Fpub%2Fa%2F`,
    )
  })

  it('what no server answers is refused', async () => {
    const prefix = 'Request failed: Invalid request/URI: '
    await expect(builder().live().reverse().subscribe()).rejects.toThrow(
      `${prefix}Cannot use live mode with reverse ordering`,
    )
    await expect(network.pubky().eventStreamFor(network.user.publicKey).subscribe()).rejects.toThrow(
      `${prefix}At least one user must be specified`,
    )
  })

  it('bad users are refused with the official texts', () => {
    const cases: [unknown, string][] = [
      [['x'], 'Each user entry must be a [PublicKey, cursor] tuple'],
      [[[1, null]], 'First element must be a z32 public key string'],
      [[['x', 1]], 'Cursor must be a string or null'],
      [[['x', null]], 'Invalid public key: x'],
      [[[network.user.publicKey.z32(), 'soon']], 'Invalid cursor: soon'],
    ]
    for (const [users, message] of cases) {
      expect(() => builder().addUsers(users as [string, string | null][])).toThrow(
        expect.objectContaining({ name: 'InvalidInput', message }),
      )
    }
  })
})

describe('following a stream', () => {
  const event = (cursor: number): string =>
    `event: DEL\ndata: pubky://${network.user.publicKey.z32()}/pub/${cursor}\ndata: cursor: ${cursor}\n\n`

  it('goes on after the last event when the connection ends', async () => {
    network.script = ({ target }) => {
      const after = Number(/%3A(\d+)/.exec(target)?.[1] ?? 0)
      return { headers: { 'content-type': 'text/event-stream' }, body: event(after + 1) + event(after + 2) }
    }
    const cursors: string[] = []
    for await (const { cursor } of builder().live().limit(5).follow()) cursors.push(cursor)
    expect(cursors).toEqual(['1', '2', '3', '4', '5'])
  })

  it('passes over what a homeserver says of users who were not asked for', async () => {
    const other = event(9).replace(network.user.publicKey.z32(), network.homeserver.publicKey.z32())
    network.script = ({ target }) => {
      const after = Number(/%3A(\d+)/.exec(target)?.[1] ?? 0)
      return { headers: { 'content-type': 'text/event-stream' }, body: other + event(after + 1) }
    }
    const cursors: string[] = []
    for await (const { cursor } of builder().live().limit(2).follow()) cursors.push(cursor)
    expect(cursors).toEqual(['1', '2'])
    expect(network.seen.filter(({ target }) => target.includes(network.homeserver.publicKey.z32()))).toEqual([])
  })

  it('opens another connection when the one it has says nothing any more', async () => {
    const silences = new Map<NodeJS.Timeout, () => void>()
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((handler, milliseconds, ...args) => {
      const timer = realSetTimeout(handler, milliseconds, ...args)
      if (milliseconds === 75_000) silences.set(timer, () => handler(...args))
      return timer
    })
    vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
      realClearTimeout(timer)
      if (typeof timer === 'object') silences.delete(timer)
    })
    const opened: string[] = []
    network.script = ({ target }) => {
      opened.push(/%3A(\d+)/.exec(target)?.[1] ?? 'from the beginning')
      // The second connection does not even get an answer.
      if (opened.length === 2) return new Promise(() => {})
      return { headers: { 'content-type': 'text/event-stream' }, body: event(opened.length), isEndless: true }
    }
    const events = builder().live().follow()[Symbol.asyncIterator]()
    expect((await events.next()).value?.cursor).toBe('1')
    const next = events.next()
    for (const connections of [1, 2]) {
      await vi.waitUntil(() => opened.length === connections && silences.size === 1)
      for (const pass of silences.values()) pass()
    }
    expect((await next).value?.cursor).toBe('3')
    expect(opened).toEqual(['from the beginning', '1', '1'])
    await events.return?.()
  })

  it('ends with an answer that will not change', async () => {
    network.script = () => ({ status: 404, body: 'Not Found' })
    await expect(async () => {
      for await (const _ of builder().live().follow()) expect.unreachable()
    }).rejects.toMatchObject({ data: { statusCode: 404 } })
  })
})
