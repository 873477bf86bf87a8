import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import vectors from '../../vectors/mainline.json' with { type: 'json' }
import { readDict } from '../bencode/decode.ts'
import { type BencodeValue, isBytes } from '../bencode/value.ts'
import { decodeMessage } from './decode.ts'
import { encodeMessage } from './encode.ts'
import { classifyResponse, type Message } from './message.ts'

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const { messages, mustNotCrash } = vectors.krpc
const captured = vectors.krpc_captured
const all = [...messages, ...captured.messages]

function decoded(hex: string): Message {
  const message = decodeMessage(fromHex(hex))
  if (message === undefined || message.type === 'malformed') throw new Error('not a message')
  return message
}

/** The shape in which the vectors spell values: hex for byte strings, but text for names and error texts. */
function spelled(value: BencodeValue, path = ''): unknown {
  if (isBytes(value)) {
    return /^(y|q|e\/1)$/.test(path) ? Buffer.from(value).toString('latin1') : toHex(value)
  }
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, entry]) => [key, spelled(entry, path ? `${path}/${key}` : key)]))
  }
  if (Array.isArray(value)) return value.map((entry, index) => spelled(entry, `${path}/${index}`))
  return Number(value)
}

describe('messages of official nodes', () => {
  test.each(all.map(({ name, hex }) => [name, hex]))('%s: decodes and encodes to the same bytes', (_, hex) => {
    expect(toHex(encodeMessage(decoded(hex)))).toBe(hex)
  })

  test.each(captured.messages.map(({ name, hex, decoded }) => [name, hex, decoded] as const))(
    '%s: has the given content',
    (_, hex, content) => {
      expect(spelled(readDict(fromHex(hex))!)).toEqual(content)
    },
  )

  test('say what kind of answer they are', () => {
    const kinds = Object.fromEntries(
      all.flatMap(({ name, hex }) => {
        const message = decoded(hex)
        return message.type === 'response' ? [[name, classifyResponse(message.response)]] : []
      }),
    )
    expect(kinds).toMatchObject({
      'ping response': 'ping',
      'find_node response': 'nodes',
      'get_peers response with values': 'peers',
      'get_peers response, with values': 'peers',
      'get_peers response, no peers': 'token',
      'get response, mutable': 'mutable',
      'get response, not newer': 'not-newer',
      'get response, no value': 'token',
      'get response, immutable': 'immutable',
      'get response, negative seq': 'mutable',
    })
  })

  test('keep all 64 bits of seq', () => {
    const negative = decoded(captured.messages.find(({ name }) => name === 'get response, negative seq')!.hex)
    expect(negative.type === 'response' && negative.response.seq).toBe(-5n)
    const query = { method: 'get', id: new Uint8Array(20), target: new Uint8Array(20), seq: 2n ** 63n - 1n } as const
    const bytes = encodeMessage({ type: 'query', transactionId: Uint8Array.of(1), query })
    const again = decodeMessage(bytes)
    expect(again?.type === 'query' && again.query.method === 'get' && again.query.seq).toBe(2n ** 63n - 1n)
  })
})

describe('odd messages', () => {
  const verdict = (hex: string) => {
    const message = decodeMessage(fromHex(hex))
    if (message?.type === 'malformed') return `malformed ${message.inside} ${message.method ?? 'without method'}`
    return message?.type
  }
  const named = (list: readonly { name: string; hex?: string; queryHex?: string }[]) =>
    Object.fromEntries(list.map((entry) => [entry.name, verdict(entry.hex ?? entry.queryHex ?? '')]))

  test('that once crashed official nodes', () => {
    expect(named(mustNotCrash)).toEqual({
      'put with k but no seq and no sig': 'malformed query put',
      'put whose target is not SHA-1 of k': 'query',
      'two-byte transaction id (libtorrent, bittorrent-dht)': 'query',
      truncated: undefined,
      'nesting bomb': undefined,
      'huge string length': undefined,
      'negative zero and leading zero integers': 'query',
    })
  })

  test('that official nodes leave unanswered', () => {
    expect(named(captured.notAnswered)).toEqual({
      '2-byte transaction id': 'query',
      'unknown query name': 'malformed query vote',
      'put without target': 'query',
      'put with k, without seq and sig': 'malformed query put',
      'immutable put with cas': 'malformed query put',
      'v is an integer': 'query',
      'id of 19 bytes': 'malformed query without method',
    })
  })

  test('that official nodes were tried with', () => {
    const { 'ping to a client-mode node': _, ...probes } = named(captured.probes)
    expect(probes).toEqual({
      'ping without v, ro, with extra keys': 'query',
      'ping with trailing bytes': 'query',
      'ping with keys out of order': 'query',
      'ping with 2-byte v': 'query',
      'ping with 18-byte ip': 'query',
      'get_peers with 1-byte noseed int': 'query',
      'get with salt-less seq as string': 'malformed query get',
    })
  })

  test.each([
    ['no transaction', 'd1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:y1:qe'],
    ['an empty transaction', 'd1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t0:1:y1:qe'],
    ['a transaction of 21 bytes', 'd1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t21:aaaaaaaaaaaaaaaaaaaaa1:y1:qe'],
    ['a transaction that is a number', 'd1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:ti1e1:y1:qe'],
    ['no y', 'd1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t1:ae'],
    ['an unknown y', 'd1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t1:a1:y1:xe'],
    ['too few bytes', 'd1:t1:a1:y1:qe'],
  ])('with %s are nothing', (_, bencoded) => {
    expect(decodeMessage(new Uint8Array(Buffer.from(bencoded)))).toBeUndefined()
  })

  test.each([
    ['a query without arguments', 'd1:q4:ping1:t1:a1:y1:qe'],
    ['a response without r', 'd1:t1:a1:y1:r2:zz1:ae'],
    ['a response without id', 'd1:rde1:t1:a1:y1:re'],
    ['nodes of 25 bytes', 'd1:rd2:id20:aaaaaaaaaaaaaaaaaaaa5:nodes25:aaaaaaaaaaaaaaaaaaaaaaaaae1:t1:a1:y1:re'],
    ['a key of 31 bytes', 'd1:rd2:id20:aaaaaaaaaaaaaaaaaaaa1:k31:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaae1:t1:a1:y1:re'],
    ['values that are no list', 'd1:rd2:id20:aaaaaaaaaaaaaaaaaaaa6:values6:aaaaaae1:t1:a1:y1:re'],
    ['an error that is no list', 'd1:e3:abc1:t1:a1:y1:ee'],
    ['an error without text', 'd1:eli201ee1:t1:a1:y1:ee'],
  ])('with %s are malformed', (_, bencoded) => {
    expect(decodeMessage(new Uint8Array(Buffer.from(bencoded)))?.type).toBe('malformed')
  })

  test('of any kind never throw, and what decodes encodes', () => {
    const samples = all.map(({ hex }) => fromHex(hex))
    const mutation = fc.record({
      sample: fc.constantFrom(...samples),
      edits: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
      cut: fc.option(fc.nat()),
    })
    fc.assert(
      fc.property(mutation, ({ sample, edits, cut }) => {
        const bytes = sample.slice(0, cut === null ? sample.length : cut % sample.length)
        for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte
        const message = decodeMessage(bytes)
        if (message !== undefined && message.type !== 'malformed') {
          const again = decodeMessage(encodeMessage(message))
          expect(again).toEqual(message)
        }
      }),
      { numRuns: 5000 },
    )
  })
})
